import org.jspecify.annotations.NullMarked;

/** Body: wiring, configuration, command line, control socket. */
@NullMarked
module org.foreshape.daemon {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires org.foreshape.hypervisor;
    requires org.foreshape.prefault;
    requires org.foreshape.numasculptor;
    requires org.foreshape.inference;
    requires org.foreshape.shaping;
    requires org.foreshape.journal;
    requires org.foreshape.journal.export;
    requires org.foreshape.nativebindings;
    requires HdrHistogram;
    requires java.logging;
    requires java.management;
    requires jdk.management;
    requires org.eclipse.jetty.client;
    requires org.eclipse.jetty.http;
    requires org.eclipse.jetty.io;
    requires org.eclipse.jetty.server;
    requires org.eclipse.jetty.unixdomain.server;
    requires org.eclipse.jetty.util;
    requires org.snakeyaml.engine;
    requires info.picocli;
    requires tools.jackson.core;
    requires tools.jackson.databind;

    exports org.foreshape.daemon;
    exports org.foreshape.daemon.engine to
            org.foreshape.bench;
    exports org.foreshape.daemon.models to
            org.foreshape.bench;

    // The command line is described by annotations, which picocli reads by reflection.
    opens org.foreshape.daemon.cli to
            info.picocli;
}

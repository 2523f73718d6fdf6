import org.jspecify.annotations.NullMarked;

/** Benchmarks: whole pipelines on real guests, the decision path, and parts of it. */
@NullMarked
module org.foreshape.bench {
    requires static transitive org.jspecify;
    requires org.foreshape.daemon;
    requires org.foreshape.hypervisor;
    requires org.foreshape.prefault;
    requires org.foreshape.numasculptor;
    requires org.foreshape.inference;
    requires org.foreshape.journal;
    requires org.foreshape.lab;
    requires org.foreshape.nativebindings;
    requires org.foreshape.ring;
    requires org.foreshape.shaping;
    requires chronicle.bytes;
    requires chronicle.queue;
    requires HdrHistogram;
    requires info.picocli;
    requires tools.jackson.databind;
    requires java.management;
    requires jdk.management;

    opens org.foreshape.bench to
            info.picocli;

    exports org.foreshape.bench;
}

import org.jspecify.annotations.NullMarked;

/** Body: wiring, configuration, command line, control socket. */
@NullMarked
module org.foreshape.daemon {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires org.foreshape.hypervisor;
    requires org.foreshape.inference;
    requires org.foreshape.shaping;
    requires org.foreshape.journal;
    requires org.foreshape.nativebindings;

    exports org.foreshape.daemon;
}

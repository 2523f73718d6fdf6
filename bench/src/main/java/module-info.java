import org.jspecify.annotations.NullMarked;

/** JMH and open-loop benchmarks. */
@NullMarked
module org.foreshape.bench {
    requires static transitive org.jspecify;
    requires org.foreshape.daemon;

    exports org.foreshape.bench;
}

import org.jspecify.annotations.NullMarked;

/**
 * The nerve: events, stage interfaces, clock, counters and the assembly that runs them. The only
 * module that sees the Disruptor.
 */
@NullMarked
module org.foreshape.ring {
    requires static transitive org.jspecify;
    requires com.lmax.disruptor;
    requires HdrHistogram;

    exports org.foreshape.ring;
    exports org.foreshape.ring.act;
    exports org.foreshape.ring.event;
    exports org.foreshape.ring.stage;
}

import org.jspecify.annotations.NullMarked;

/** The nerve: events, stage interfaces, clock, counters and the assembly that runs them. */
@NullMarked
module org.foreshape.ring {
    requires static transitive org.jspecify;

    exports org.foreshape.ring;
}

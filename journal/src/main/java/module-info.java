import org.jspecify.annotations.NullMarked;

/** Memory: every event and decision on Chronicle Queue, and replay. */
@NullMarked
module org.foreshape.journal {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;

    exports org.foreshape.journal;
}

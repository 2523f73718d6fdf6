import org.jspecify.annotations.NullMarked;

/**
 * Acts on where memory lies: NUMA consolidation, huge-page collapse, compaction, reclaim. Never
 * changes a byte of a guest.
 */
@NullMarked
module org.foreshape.numasculptor {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires transitive org.foreshape.nativebindings;
    requires ojalgo;

    exports org.foreshape.numasculptor;
    exports org.foreshape.numasculptor.plan;
}

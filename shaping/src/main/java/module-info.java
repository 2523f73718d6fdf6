import org.jspecify.annotations.NullMarked;

/** Will: pure policy. Forecast and state in, plan out. */
@NullMarked
module org.foreshape.shaping {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;

    exports org.foreshape.shaping;
    exports org.foreshape.shaping.baseline;
    exports org.foreshape.shaping.simulation;
    exports org.foreshape.shaping.tuning;
}

package org.foreshape.numasculptor;

import org.jspecify.annotations.Nullable;

/**
 * What is needed to take an act back: the pins that were, and from which node each 2 MiB came. It
 * holds no native memory.
 */
public final class SculptUndo {
    private final @Nullable Runnable pins;
    private final @Nullable BlockOrigins origins;

    SculptUndo(@Nullable Runnable pins, @Nullable BlockOrigins origins) {
        this.pins = pins;
        this.origins = origins;
    }

    @Nullable Runnable pins() {
        return pins;
    }

    @Nullable BlockOrigins origins() {
        return origins;
    }
}

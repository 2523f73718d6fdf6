package org.foreshape.prefault.warm;

/**
 * How the learner looks and remembers.
 *
 * @param stepBytes resolution of what it learns, a positive multiple of 64 KiB
 * @param bytesMax most that one task type's range set may have, bytes, positive
 * @param typeCountMax most task types kept of one image, positive; the one unused for longest goes
 */
public record WarmSettings(long stepBytes, long bytesMax, int typeCountMax) {
    private static final long STEP_UNIT_BYTES = 64 << 10;

    /** Checks all; an {@link IllegalArgumentException} names what is wrong. */
    public WarmSettings {
        if (stepBytes <= 0 || stepBytes % STEP_UNIT_BYTES != 0) {
            throw new IllegalArgumentException(
                    "stepBytes must be a positive multiple of 65536, not " + stepBytes);
        }
        if (bytesMax < stepBytes || typeCountMax <= 0) {
            throw new IllegalArgumentException(
                    "bytesMax must hold a step and typeCountMax be positive, not "
                            + bytesMax
                            + " and "
                            + typeCountMax);
        }
    }

    /**
     * Steps of 1 MiB, 1 GiB a task type, 64 task types an image.
     *
     * @return the settings
     */
    public static WarmSettings defaults() {
        return new WarmSettings(1 << 20, 1L << 30, 64);
    }
}

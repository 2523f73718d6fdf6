package org.foreshape.prefault;

/** A process that makes another one's anonymous memory resident and prints its report. */
final class PrefaultOnce {
    private PrefaultOnce() {}

    /** Arguments: pid, address, bytes, start ticks. */
    public static void main(String[] args) {
        RamRange ram =
                new RamRange(
                        Integer.parseInt(args[0]),
                        Long.parseLong(args[3]),
                        Long.parseLong(args[1]),
                        Long.parseLong(args[2]),
                        MemoryKind.ANONYMOUS,
                        0,
                        0,
                        0,
                        "");
        try (Prefaulter prefaulter = Prefaulter.open()) {
            PrefaultRequest request =
                    PrefaultRequest.more(1L << 40)
                            .balloonHeldBytes(0)
                            .afterBalloonCycle(true)
                            .build();
            System.out.println(prefaulter.prefault(ram, request, new PrefaultCancel()));
        }
    }
}

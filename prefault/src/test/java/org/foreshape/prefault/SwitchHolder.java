package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A process that holds a switch until it is killed. */
final class SwitchHolder {
    private SwitchHolder() {}

    /** Arguments: the switch's file and the value while it is held. */
    public static void main(String[] args) throws IOException {
        try (HugePageSwitch held = new HugePageSwitch(Path.of(args[0]), args[1])) {
            held.during(() -> {
                System.out.println("held");
                // Never longer than the test waits, should its killing fail.
                LockSupport.parkNanos(30_000_000_000L);
            });
        }
    }
}

package org.foreshape.ring;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Lets a helper process end with the one that started it, however that one ends. An orderly end is
 * the starter's own work; this is for the end that leaves no time for it, such as SIGKILL.
 */
public final class ParentProcess {
    private static final String PROPERTY = "foreshape.parent.pid";

    /** As a process that was ended by SIGKILL has it. */
    private static final int EXIT_STATUS = 137;

    private ParentProcess() {}

    /** The JVM option that ties a helper to this process. */
    public static String option() {
        return "-D" + PROPERTY + "=" + ProcessHandle.current().pid();
    }

    /**
     * Ends this process, without its shutdown hooks, as soon as the one that it is tied to is gone;
     * does nothing in a process that was not started with {@link #option}.
     */
    public static void watch() {
        Long pid = Long.getLong(PROPERTY);
        if (pid == null) {
            return;
        }
        Optional<ProcessHandle> parent = ProcessHandle.of(pid);
        if (parent.isEmpty()) {
            end();
        } else {
            CompletableFuture<Void> _ = parent.get().onExit().thenRun(ParentProcess::end);
        }
    }

    private static void end() {
        Runtime.getRuntime().halt(EXIT_STATUS);
    }
}

package org.foreshape.daemon.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.fault.ExitStatus;

/**
 * Turns SIGTERM and SIGINT into an orderly end with exit status 0: the shutdown hook asks the
 * command to end, waits for it, and then ends the process.
 */
final class Termination {
    /** Longer than an orderly stop ever takes; a service manager kills later than that. */
    private static final long WAIT_SECONDS = 8;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::onSignal, "foreshape-termination");
    private volatile boolean signalled;

    private Termination() {}

    static Termination install() {
        Termination termination = new Termination();
        Runtime.getRuntime().addShutdownHook(termination.hook);
        return termination;
    }

    private void onSignal() {
        if (finished.getCount() == 0) {
            return; // The command ended by itself; its own exit status counts.
        }
        signalled = true;
        requested.countDown();
        try {
            if (finished.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(ExitStatus.DONE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(ExitStatus.CHECK_FAILED);
    }

    /** Asks for the end. Any thread. */
    void request() {
        requested.countDown();
    }

    /** Waits until somebody asks for the end. */
    void await() throws InterruptedException {
        requested.await();
    }

    /** Waits until somebody asks for the end, but not longer; true when somebody has. */
    boolean await(long limitMs) throws InterruptedException {
        return requested.await(limitMs, TimeUnit.MILLISECONDS);
    }

    /** Says that everything is closed. */
    void finished() {
        finished.countDown();
        if (signalled) {
            System.err.flush();
        }
    }
}

package org.foreshape.hypervisor.libvirt;

import static org.foreshape.nativebindings.libvirt.LibvirtFlags.AFFECT_LIVE;

import java.util.concurrent.locks.LockSupport;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;

/**
 * The period of one domain's guest statistics, and the trick with it. QEMU has a guest report at
 * once when the period becomes other than 0; otherwise it asks once in whole seconds. Blocks like
 * any libvirt call; the worker that has the round owns it, until {@link #restore}.
 */
final class StatsPeriod {
    private static final int PERIOD_S = 1;
    private static final long ASK_AGAIN_NS = 60_000_000_000L;

    /**
     * A guest answers its balloon within this: measured 2 to 6 ms under emulation, most of it the
     * call that reads the answer.
     */
    private static final long ANSWER_NS = 2_000_000;

    private volatile int foundS = -1;
    private volatile boolean set;
    private long allowedNs;

    /** Remembers the period that the domain had before. */
    void found(int periodS) {
        foundS = periodS;
    }

    /** Whether the period is ours: then the guest reports each second without being asked. */
    boolean isSet() {
        return set;
    }

    /**
     * Has the guest report now, and gives it the time to. Where that cannot be done it does
     * nothing, and tries again in a minute.
     *
     * @throws LibvirtException when the domain or libvirt is gone, or busy
     */
    void askAtOnce(LibvirtDomain domain, long nowNs) {
        if (nowNs < allowedNs) {
            return;
        }
        try {
            domain.setMemoryStatsPeriod(0, AFFECT_LIVE);
            domain.setMemoryStatsPeriod(PERIOD_S, AFFECT_LIVE);
            set = true;
            LockSupport.parkNanos(ANSWER_NS);
        } catch (LibvirtException e) {
            if (concernsMore(e.code())) {
                throw e;
            }
            // No balloon, or another driver than QEMU's. Its other figures are still good.
            allowedNs = nowNs + ASK_AGAIN_NS;
        }
    }

    /** Gives the domain the period back that it was found with. */
    void restore(LibvirtDomain domain) {
        if (set && foundS >= 0 && foundS != PERIOD_S) {
            domain.setMemoryStatsPeriod(foundS, AFFECT_LIVE);
        }
    }

    private static boolean concernsMore(int code) {
        return switch (code) {
            case LibvirtException.NO_DOMAIN,
                    LibvirtException.OPERATION_INVALID,
                    LibvirtException.OPERATION_TIMEOUT,
                    LibvirtException.SYSTEM_ERROR,
                    LibvirtException.RPC ->
                    true;
            default -> false;
        };
    }
}

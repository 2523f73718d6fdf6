package org.foreshape.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;

/**
 * Watches the balloons of guests from outside the engine, by QMP every few milliseconds. libvirt's
 * own figure follows QEMU's event, which QEMU sends about once a second only.
 */
final class BalloonWatch implements AutoCloseable {
    private static final long PERIOD_NS = 20_000_000;
    private static final Pattern ACTUAL = Pattern.compile("\"actual\"\\s*:\\s*(\\d+)");
    private static final String QUERY = "{\"execute\":\"query-balloon\"}";

    private final LibvirtConnection connection;
    private final List<LibvirtDomain> domains = new ArrayList<>();

    BalloonWatch(String uri, List<String> domainNames) {
        connection = LibvirtConnection.open(uri);
        for (String name : domainNames) {
            domains.add(connection.domainByName(name));
        }
    }

    /** What the guest's balloon leaves it now, KiB. */
    long allocationKib(int index) {
        String answer = domains.get(index).qemuMonitorCommand(QUERY, 0);
        Matcher matcher = ACTUAL.matcher(answer);
        if (!matcher.find()) {
            throw new IllegalStateException("no size in QEMU's answer: " + answer);
        }
        return Long.parseLong(matcher.group(1)) / 1024;
    }

    /** Asks for another size, as an operator would. */
    void setMemoryKib(int index, long memoryKib) {
        domains.get(index)
                .setMemory(
                        memoryKib, org.foreshape.nativebindings.libvirt.LibvirtFlags.AFFECT_LIVE);
    }

    /**
     * Waits until a guest has at least as much.
     *
     * @param onLook told the sum over all guests at every look
     * @return seconds since {@code startNs}, or NaN when the limit passed
     */
    double awaitAtLeast(
            int index,
            long wantedKib,
            long startNs,
            double limitS,
            java.util.function.LongConsumer onLook) {
        while (true) {
            long sumKib = 0;
            long watchedKib = 0;
            for (int i = 0; i < domains.size(); i++) {
                long kib = allocationKib(i);
                sumKib += kib;
                if (i == index) {
                    watchedKib = kib;
                }
            }
            double passedS = (System.nanoTime() - startNs) / 1e9;
            onLook.accept(sumKib);
            if (watchedKib >= wantedKib) {
                return passedS;
            }
            if (passedS > limitS) {
                return Double.NaN;
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    /** Waits until a guest has at most as much; false when the limit passed. */
    boolean awaitAtMost(int index, long wantedKib, double limitS) {
        long startNs = System.nanoTime();
        while (allocationKib(index) > wantedKib) {
            if ((System.nanoTime() - startNs) / 1e9 > limitS) {
                return false;
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
        return true;
    }

    @Override
    public void close() {
        domains.forEach(LibvirtDomain::close);
        connection.close();
    }
}

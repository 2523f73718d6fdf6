package org.foreshape.hypervisor.libvirt;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.VmSettings;

/**
 * How VMs are watched through libvirt.
 *
 * @param uri the connection, such as {@code qemu:///system}
 * @param vmCountMax most VMs; further ones are left alone, and said so once
 * @param workerCount threads that ask libvirt
 * @param workerCountMax such threads at most, those that hang in a call included
 * @param attentionRoundsPerSecond budget of sampling rounds for the VMs that are sampled more often
 *     than once a second, all of them together; a round costs libvirtd about 2 ms of CPU
 * @param callDeadlineNs time after which a round counts as hung and another thread takes its place
 * @param connectDeadlineNs longest time for the first connection
 * @param rescanPeriodNs time between two looks for VMs whose events were missed, and for changed
 *     metadata, disk and network figures
 * @param vmSettings what the configuration says of a VM
 */
public record LibvirtSettings(
        String uri,
        int vmCountMax,
        int workerCount,
        int workerCountMax,
        double attentionRoundsPerSecond,
        long callDeadlineNs,
        long connectDeadlineNs,
        long rescanPeriodNs,
        VmSettings vmSettings) {

    /** Checks the values; an {@link IllegalArgumentException} names the one that is wrong. */
    public LibvirtSettings {
        require(vmCountMax >= 1, "vmCountMax", vmCountMax, "1 or more");
        require(workerCount >= 1 && workerCount <= 64, "workerCount", workerCount, "1 to 64");
        require(
                workerCountMax >= workerCount && workerCountMax <= 1024,
                "workerCountMax",
                workerCountMax,
                "workerCount to 1024");
        require(
                attentionRoundsPerSecond >= 0 && attentionRoundsPerSecond <= 10_000,
                "attentionRoundsPerSecond",
                attentionRoundsPerSecond,
                "0 to 10000");
        require(callDeadlineNs > 0, "callDeadlineNs", callDeadlineNs, "above 0");
        require(connectDeadlineNs > 0, "connectDeadlineNs", connectDeadlineNs, "above 0");
        require(rescanPeriodNs > 0, "rescanPeriodNs", rescanPeriodNs, "above 0");
    }

    private static void require(boolean fits, String name, Number value, String range) {
        if (!fits) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + range);
        }
    }

    /** The usual settings for a connection. */
    public static LibvirtSettings defaults(String uri, int vmCountMax, VmSettings vmSettings) {
        int workerCount = Math.clamp(2L * Runtime.getRuntime().availableProcessors(), 2, 8);
        return new LibvirtSettings(
                uri,
                vmCountMax,
                workerCount,
                32,
                40,
                TimeUnit.SECONDS.toNanos(1),
                TimeUnit.SECONDS.toNanos(30),
                TimeUnit.SECONDS.toNanos(10),
                vmSettings);
    }

    /**
     * Whether the VMs run on this host, so that its /proc tells of them. libvirt reaches another
     * host by a host in the URI.
     */
    boolean isLocal() {
        try {
            String host = new URI(uri).getHost();
            return host == null || host.isEmpty();
        } catch (URISyntaxException e) {
            // libvirt will say what is wrong with it.
            return false;
        }
    }
}

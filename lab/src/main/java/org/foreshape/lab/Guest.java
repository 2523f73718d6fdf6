package org.foreshape.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A running guest of a {@link PrivateLibvirtd}. Methods may be called from any thread. */
public final class Guest implements AutoCloseable {
    private static final Duration DESTROY_LIMIT = Duration.ofSeconds(20);
    private static final Pattern ACTUAL = Pattern.compile("(?m)^actual (\\d+)$");
    private static final int KIB_PER_MIB = 1024;

    private final PrivateLibvirtd libvirtd;
    private final GuestSpec spec;
    private final String domainName;
    private final Path stem;
    private final ProcessHandle qemu;
    private final SerialLog serialLog;
    private final GuestControl control;

    Guest(
            PrivateLibvirtd libvirtd,
            GuestSpec spec,
            String domainName,
            Path stem,
            ProcessHandle qemu) {
        this.libvirtd = libvirtd;
        this.spec = spec;
        this.domainName = domainName;
        this.stem = stem;
        this.qemu = qemu;
        this.serialLog = new SerialLog(DomainXml.serial(stem));
        this.control = new GuestControl(this, DomainXml.control(stem));
    }

    /** Its name in libvirt. */
    public String domainName() {
        return domainName;
    }

    /** What it was made from. */
    public GuestSpec spec() {
        return spec;
    }

    /** What it says on its serial console. */
    public SerialLog serialLog() {
        return serialLog;
    }

    /** The client of its workload: always the same one. */
    public GuestControl control() {
        return control;
    }

    /** The host's unix socket of one of the spec's further channels. */
    public Path channel(String name) {
        if (!spec.channels().contains(name)) {
            throw new IllegalArgumentException(
                    domainName + " has no channel '" + name + "', only " + spec.channels());
        }
        return DomainXml.channel(stem, name);
    }

    /** The process id of its QEMU, also after its end. */
    public long qemuPid() {
        return qemu.pid();
    }

    /** Whether its QEMU runs; asks the kernel and not libvirt, which may be away. */
    public boolean isRunning() {
        return Processes.isAlive(qemu);
    }

    /**
     * Waits until its workload answers and its balloon has taken what it shall: {@link
     * GuestSpec#currentMib} is what it has then.
     *
     * @param limit how long it may take; a boot takes 3 s on a quiet machine and 35 s on a busy one
     * @return this guest
     * @throws LabTimeoutException when it takes longer; the message has its last words
     * @throws GuestGoneException when it ended instead
     */
    public Guest waitReady(Duration limit) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        awaitOrFail("boot", limit, () -> serialLog.isReady());
        control.memInfo(left(deadlineNs));
        awaitOrFail("settle at " + spec.currentMib() + " MiB", left(deadlineNs), this::isSettled);
        return this;
    }

    /** The memory that its balloon leaves it now, MiB, by libvirt's figure. */
    public int balloonMib() {
        Matcher actual = ACTUAL.matcher(libvirtd.virsh("dommemstat", domainName));
        if (!actual.find()) {
            throw new LabException("libvirt tells no balloon size of " + domainName);
        }
        return Integer.parseInt(actual.group(1)) / KIB_PER_MIB;
    }

    /**
     * Asks its balloon for another size by virsh, and returns before the guest has done it. Only
     * {@link #balloonMib()} tells.
     *
     * @param mib the size, MiB, up to {@link GuestSpec#maxMib}
     * @throws LabException when libvirt refuses
     */
    public void setMemoryMib(int mib) {
        libvirtd.virsh("setmem", domainName, mib + "MiB", "--live");
    }

    /**
     * Sets the size of its balloon and waits until the guest has it.
     *
     * @param mib the size, MiB
     * @param limit how long it may take; a guest gives back about 130 MiB/s
     * @throws LabTimeoutException when it takes longer; the size asked for stands then
     */
    public void resize(int mib, Duration limit) {
        setMemoryMib(mib);
        awaitOrFail("reach " + mib + " MiB", limit, () -> balloonMib() == mib);
    }

    /**
     * Ends it at once, with libvirt or, where that is away, without. Nothing happens if it has
     * ended.
     */
    public void destroy() {
        control.close();
        if (isRunning() && libvirtd.isRunning()) {
            try {
                libvirtd.virsh(DESTROY_LIMIT, "destroy", domainName);
            } catch (LabException e) {
                // It may have ended by itself meanwhile; if not, its process is ended below.
            }
        }
        if (isRunning()) {
            qemu.destroyForcibly();
        }
        libvirtd.forget(this);
        if (!Processes.await(DESTROY_LIMIT, () -> !isRunning())) {
            throw new LabException("QEMU " + qemu.pid() + " of " + domainName + " does not end");
        }
    }

    /** The same as {@link #destroy()}. */
    @Override
    public void close() {
        destroy();
    }

    private boolean isSettled() {
        return Math.abs(balloonMib() - spec.currentMib()) <= 1;
    }

    private void awaitOrFail(String what, Duration limit, BooleanSupplier condition) {
        boolean met = Processes.await(limit, () -> condition.getAsBoolean() || !isRunning());
        if (!isRunning()) {
            throw new GuestGoneException(
                    domainName
                            + " ended before it could "
                            + what
                            + ": "
                            + serialLog.tail()
                            + libvirtd.qemuLog(domainName));
        }
        if (!met) {
            throw new LabTimeoutException(
                    domainName
                            + " did not "
                            + what
                            + " within "
                            + limit.toMillis()
                            + " ms; its console: "
                            + serialLog.tail());
        }
    }

    private static Duration left(long deadlineNs) {
        return Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime()));
    }
}

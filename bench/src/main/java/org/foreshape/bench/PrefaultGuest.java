package org.foreshape.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;
import org.foreshape.prefault.RangeMemory;

/** A real guest whose memory is made resident by one hand or another. */
final class PrefaultGuest implements AutoCloseable {
    static final int MAX_MIB = 1024;
    private static final int LOW_MIB = 320;
    private static final long MIB = 1 << 20;
    private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
    private static final Duration STEP_LIMIT = Duration.ofSeconds(90);

    /** Bytes sent in one line to the guest's shell, each as an octal escape of four characters. */
    private static final int CHUNK_BYTES = 500;

    /** Of a thread's stat after its name, which begins with field 3, the field minflt is 10. */
    private static final int MINOR_FAULTS_FIELD = 10 - 3;

    private static final int USER_TIME_FIELD = 14 - 3;

    /** At rest: at most 3 of 50 ticks of one CPU. */
    private static final long SETTLED_TICKS = 3;

    private static final long SETTLE_STEP_NS = 500_000_000;
    private static final int SETTLE_STEPS = 40;

    /**
     * Has QEMU's allocator keep what is freed. Emulation makes its table of translations larger and
     * smaller as the guest works, and each time the new one would come as fresh pages of the host:
     * some 1,400 faults of the CPU's thread that have nothing to do with the guest's memory.
     */
    private static final Map<String, String> KEEP_FREED =
            Map.of(
                    "MALLOC_MMAP_MAX_", "0",
                    "MALLOC_TRIM_THRESHOLD_", "4294967296",
                    "MALLOC_ARENA_MAX", "1");

    private static final Pattern BACKEND = Pattern.compile("\"id\"\\s*:\\s*\"([^\"]+)\"");

    private final Guest guest;
    private final String uri;
    private final RamRange ram;
    private final String backend;

    /**
     * What a first touch of 256 MiB in the guest cost.
     *
     * @param seconds by the guest's clock
     * @param hostFaults minor faults of the guest's CPU threads
     * @param arrivedPages of 4 KiB of the guest's memory that became resident meanwhile
     */
    record Touch(double seconds, long hostFaults, long arrivedPages) {}

    /** How fast memory became resident. */
    record Rate(double gibPerS, double gainedMib) {}

    private PrefaultGuest(Guest guest, String uri, RamRange ram, String backend) {
        this.guest = guest;
        this.uri = uri;
        this.ram = ram;
        this.backend = backend;
    }

    /**
     * Boots a guest on a CPU model without ERMS, and waits for it.
     *
     * @param way and the next: make its name unique
     */
    static PrefaultGuest boot(PrivateLibvirtd libvirtd, RamKind kind, int way, int turn)
            throws IOException {
        String name = (kind == RamKind.ANON ? "a" : "m") + way + "-" + turn;
        Guest guest =
                libvirtd.create(
                        GuestSpec.builder(name)
                                .maxMib(MAX_MIB)
                                .ram(kind)
                                .cpuModel("qemu64")
                                .environment(KEEP_FREED)
                                .build());
        try {
            guest.waitReady(BOOT_LIMIT);
            RamRange ram =
                    RamFinder.find((int) guest.qemuPid(), MAX_MIB * MIB)
                            .orElseThrow(() ->
                                    new IllegalStateException("no memory of that size in QEMU"));
            PrefaultGuest ready =
                    new PrefaultGuest(guest, libvirtd.uri(), ram, backend(guest, libvirtd.uri()));
            ready.settle();
            return ready;
        } catch (IOException | RuntimeException e) {
            guest.destroy();
            throw e;
        }
    }

    /** Waits until the guest, which has just booted, leaves the host's CPUs alone. */
    private void settle() throws IOException {
        Path stat = Path.of("/proc/" + guest.qemuPid() + "/stat");
        for (int i = 0; i < SETTLE_STEPS; i++) {
            long before = cpuTicks(stat);
            LockSupport.parkNanos(SETTLE_STEP_NS);
            if (cpuTicks(stat) - before <= SETTLED_TICKS) {
                return;
            }
        }
        throw new IllegalStateException("the guest never came to rest: " + guest.domainName());
    }

    private static long cpuTicks(Path stat) throws IOException {
        String[] fields = fields(stat);
        return Long.parseLong(fields[USER_TIME_FIELD])
                + Long.parseLong(fields[USER_TIME_FIELD + 1]);
    }

    /** Of a stat file, from the state on, which is field 3. */
    private static String[] fields(Path stat) throws IOException {
        String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
        return text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    }

    /**
     * A connection for each question: one that is idle for long without an event loop is closed by
     * libvirtd.
     */
    private static String backend(Guest guest, String uri) {
        try (LibvirtConnection connection = LibvirtConnection.open(uri);
                LibvirtDomain domain = connection.domainByName(guest.domainName())) {
            String memdev = domain.qemuMonitorCommand("{\"execute\":\"query-memdev\"}", 0);
            Matcher id = BACKEND.matcher(memdev);
            if (!id.find()) {
                throw new IllegalStateException("no memory backend in " + memdev);
            }
            return id.group(1);
        }
    }

    /** QEMU's own preallocation, over QMP, by so many threads; its default is one. */
    Rate prealloc(int threads) throws IOException {
        long before = residentBytes();
        try (LibvirtConnection connection = LibvirtConnection.open(uri);
                LibvirtDomain domain = connection.domainByName(guest.domainName())) {
            if (threads > 1) {
                domain.qemuMonitorCommand(setBackend("prealloc-threads", threads), 0);
            }
            String command = setBackend("prealloc", true);
            long startNs = System.nanoTime();
            String answer = domain.qemuMonitorCommand(command, 0);
            long tookNs = System.nanoTime() - startNs;
            if (!answer.contains("return")) {
                throw new IllegalStateException("no preallocation: " + answer);
            }
            return rate(residentBytes() - before, tookNs);
        }
    }

    private String setBackend(String property, Object value) {
        return ("{\"execute\":\"qom-set\",\"arguments\":{\"path\":\"/objects/%s\","
                        + "\"property\":\"%s\",\"value\":%s}}")
                .formatted(backend, property, value);
    }

    /** Ours, the whole call: looking, planning, acting, looking again. */
    PrefaultReport prefault(Prefaulter prefaulter, int cpus, boolean isAfterBalloonCycle) {
        PrefaultReport report =
                prefaulter.prefault(
                        ram,
                        PrefaultArms.everything(cpus)
                                .afterBalloonCycle(isAfterBalloonCycle)
                                .hugeRestored(isAfterBalloonCycle)
                                .build(),
                        new PrefaultCancel());
        if (report.stop() != PrefaultReport.Stop.DONE) {
            throw new IllegalStateException("not made resident: " + report);
        }
        return report;
    }

    /** How much of its memory is in huge pages after an act. */
    double hugeShare(PrefaultReport report) {
        return report.hugeBytesAfter() / (double) (MAX_MIB * MIB);
    }

    static Rate rate(PrefaultReport report) {
        return rate(report.gainedBytes(), report.durationNs());
    }

    /** Takes what the guest does not need and gives it back. */
    void cycleBalloon() {
        guest.resize(LOW_MIB, STEP_LIMIT);
        guest.resize(MAX_MIB, STEP_LIMIT);
    }

    /** Sends the touching program into the guest. */
    void send(Path program) throws IOException {
        byte[] bytes = Files.readAllBytes(program);
        for (int from = 0; from < bytes.length; from += CHUNK_BYTES) {
            StringBuilder escaped = new StringBuilder();
            for (int i = from; i < Math.min(bytes.length, from + CHUNK_BYTES); i++) {
                escaped.append("\\%03o".formatted(bytes[i] & 0xff));
            }
            sh("printf '" + escaped + "' >> /tmp/touch && chmod +x /tmp/touch");
        }
    }

    /** Has the guest touch 256 MiB that it never used. */
    Touch touch() throws IOException {
        long residentBefore = residentBytes();
        long before = minorFaults();
        String took = sh("/tmp/touch").strip();
        long faults = minorFaults() - before;
        return new Touch(
                Long.parseLong(took) / 1e9, faults, (residentBytes() - residentBefore) / 4096);
    }

    double residentShare() throws IOException {
        return residentBytes() / (double) (MAX_MIB * MIB);
    }

    @Override
    public void close() {
        guest.destroy();
    }

    private String sh(String command) {
        var result = guest.control().sh(command, STEP_LIMIT);
        if (result.exitStatus() != 0) {
            throw new IllegalStateException(
                    "the guest's shell: " + result.exitStatus() + " " + result.output());
        }
        return result.output();
    }

    private long residentBytes() throws IOException {
        return RangeMemory.read(ram).residentBytes();
    }

    /** Minor faults that the guest's CPU threads took on the host. */
    private long minorFaults() throws IOException {
        long sum = 0;
        Path tasks = Path.of("/proc/" + guest.qemuPid() + "/task");
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("comm")).startsWith("CPU ")) {
                    sum += Long.parseLong(fields(thread.resolve("stat"))[MINOR_FAULTS_FIELD]);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return sum;
    }

    private static Rate rate(long bytes, long ns) {
        return new Rate(bytes / (double) (1L << 30) / (ns / 1e9), bytes / (double) MIB);
    }
}

package org.foreshape.daemon.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.foreshape.journal.JournalOptions;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Runs an engine on a few VMs that do not exist, so that the JVM compiles the way of a sample:
 * before the real one starts, where every decision is measured, or beside it, where the first one
 * should come soon.
 *
 * <p>An engine that ticks once a second calls what runs once a tick too seldom to be compiled
 * within the hour: its first thousands of decisions would be slow. At each compilation the engine's
 * thread would also make the string constants of the class at hand; they are made before ({@link
 * StringConstants}). It journals into a directory of its own that is deleted again. Whatever goes
 * wrong in a rehearsal is logged and changes nothing.
 */
public final class Rehearsal implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Rehearsal.class.getName());
    private static final long WALL_NS_MAX = TimeUnit.MILLISECONDS.toNanos(2_000);
    private static final long BUDGET_KIB = 12L << 20;
    private static final long KIB_MAX = 4L << 20;

    /** What a lock loads when it first finds itself contended: another 232 B on that thread. */
    private static final List<String> LATE_CLASSES =
            List.of(
                    "java.util.concurrent.locks.StampedLock$Node",
                    "java.util.concurrent.locks.StampedLock$ReaderNode",
                    "java.util.concurrent.locks.StampedLock$WriterNode");

    /** Kept for as long as the JVM runs, as it would make them again otherwise. */
    private static final List<String> CONSTANTS = new ArrayList<>();

    private static final AtomicBoolean DONE = new AtomicBoolean();
    private static final AtomicReference<@Nullable Path> DIRECTORY = new AtomicReference<>();

    /** What a stop of the real engine may wait for. */
    private static final long CLOSE_WAIT_MS = 1_000;

    private static final int DELETE_ATTEMPTS = 3;

    private static final String PREFIX = "foreshape-rehearsal";

    /** No rehearsal takes as long: what is older was left by a process that was killed. */
    private static final Duration LEFT_AFTER = Duration.ofMinutes(10);

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Thread thread;

    private Rehearsal(EngineSpec forSpec) {
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("foreshape-rehearsal")
                        .unstarted(() -> once(forSpec, ended::get));
    }

    /** Rehearses for the engine of a specification; only the first call in a JVM does so. */
    public static void once(EngineSpec forSpec) {
        once(forSpec, () -> false);
    }

    /** The same on a thread of its own; close it before the engine. */
    public static Rehearsal beside(EngineSpec forSpec) {
        Rehearsal rehearsal = new Rehearsal(forSpec);
        rehearsal.thread.start();
        return rehearsal;
    }

    /** Ends it early, waits for it, a second at most, and leaves no file of it behind. */
    @Override
    public void close() {
        ended.set(true);
        try {
            thread.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // The JVM is about to end, and the thread with it. It may still write.
        for (int attempt = 0; thread.isAlive() && attempt < DELETE_ATTEMPTS; attempt++) {
            try {
                delete(DIRECTORY.get());
            } catch (IOException e) {
                LOG.fine("the rehearsal still writes: " + e);
            }
        }
    }

    private static void once(EngineSpec forSpec, BooleanSupplier isEnded) {
        if (!DONE.compareAndSet(false, true)) {
            return;
        }
        try {
            for (String name : LATE_CLASSES) {
                Class.forName(name);
            }
            CONSTANTS.addAll(StringConstants.ofEngine());
            if (isEnded.getAsBoolean()) {
                return;
            }
            Path directory = Files.createTempDirectory(PREFIX);
            DIRECTORY.set(directory);
            try {
                run(forSpec, directory, WALL_NS_MAX, isEnded);
            } finally {
                try {
                    sweep(directory);
                } catch (IOException | DirectoryIteratorException e) {
                    LOG.fine("what killed rehearsals left could not be removed: " + e);
                }
                delete(directory);
            }
        } catch (IOException | ReflectiveOperationException | RuntimeException e) {
            LOG.info("the code was not warmed up, first decisions are slower: " + e);
        }
    }

    static void run(EngineSpec forSpec, Path directory, long wallNsMax, BooleanSupplier isEnded) {
        RunSettings like = forSpec.settings();
        RunSettings settings =
                new RunSettings(
                        RehearsalVms.COUNT,
                        like.forecasting(),
                        like.model(),
                        like.modelSha256(),
                        like.gridStepSeconds(),
                        like.shaping(),
                        like.falseAlarmHorizons());
        EngineClock clock = EngineClock.wall();
        RehearsalVms vms = new RehearsalVms(wallNsMax, like.gridStepSeconds(), isEnded);
        EngineSpec spec =
                new EngineSpec(
                        settings,
                        (known, errors) -> vms,
                        clock,
                        vmName -> new VmPolicy(VmMode.ENFORCE, 5, KIB_MAX / 16, KIB_MAX),
                        BUDGET_KIB,
                        forSpec.model(),
                        forSpec.tryCuda(),
                        JournalOptions.of(directory, RehearsalVms.COUNT));
        long startNs = System.nanoTime();
        // It must not go before the engine that it rehearses for.
        try (Engine engine = Engine.open(spec, () -> {})) {
            engine.start();
        }
        LOG.fine(() ->
                "rehearsed "
                        + vms.sampleCount()
                        + " samples in "
                        + (System.nanoTime() - startNs) / 1_000_000
                        + " ms");
    }

    /**
     * Removes what killed processes of this user left beside a rehearsal's own directory. Nobody
     * else can write into such a directory, so that nothing but it is removed.
     */
    static void sweep(Path own) throws IOException {
        FileTime latest = FileTime.from(Instant.now().minus(LEFT_AFTER));
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(own.toAbsolutePath().getParent(), PREFIX + "*")) {
            for (Path one : all) {
                if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(one, LinkOption.NOFOLLOW_LINKS)
                                .equals(Files.getOwner(own))
                        && Files.getLastModifiedTime(one, LinkOption.NOFOLLOW_LINKS)
                                        .compareTo(latest)
                                < 0) {
                    delete(one);
                }
            }
        }
    }

    private static void delete(@Nullable Path directory) throws IOException {
        if (directory == null || !Files.exists(directory)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}

package org.foreshape.daemon.hands;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.foreshape.daemon.hands.TaskNews.News;
import org.foreshape.daemon.hands.WarmTasks.Running;
import org.foreshape.daemon.hands.WarmTasks.Task;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmDisks;
import org.foreshape.prefault.warm.GuestPreload;
import org.foreshape.prefault.warm.ImageWatch;
import org.foreshape.prefault.warm.LearnReport;
import org.foreshape.prefault.warm.PreloadLimits;
import org.foreshape.prefault.warm.PreloadReport;
import org.foreshape.prefault.warm.WarmEnd;
import org.foreshape.prefault.warm.WarmLimits;
import org.foreshape.prefault.warm.WarmPlan;
import org.foreshape.prefault.warm.WarmReport;
import org.foreshape.prefault.warm.WarmSettings;
import org.foreshape.prefault.warm.Warmer;
import org.foreshape.prefault.warm.WarmupLearner;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Learns what the tasks of a type read from a VM's disks, tells the engine how much of that the
 * next announced task is worth, and loads it when the engine says so.
 *
 * <p>What is told is an event ({@link ControlKind#WARMTH}), so plans rest on it as on any other. A
 * thread of its own follows the tasks; {@link #perform} runs on lanes. A task that starts or is
 * withdrawn ends the loading for it.
 */
final class WarmHand {
    private static final long MIB = 1 << 20;
    private static final Duration WARM_LIMIT = Duration.ofSeconds(30);
    private static final Duration GUEST_LIMIT = Duration.ofSeconds(20);
    private static final long GUEST_BYTES_MAX = 256 * MIB;

    /** A task that did not start by so long after its time is not waited for any more. */
    private static final long LATE_NS = TimeUnit.MINUTES.toNanos(10);

    private final Hypervisor hypervisor;
    private final EngineView engine;
    private final WarmupLearner learner;
    private final GuestFiles guestFiles;
    private final Warmer warmer = new Warmer();
    private final WarmTasks tasks = new WarmTasks();
    private final TaskNews news;
    private volatile @Nullable EventPublisher publisher;
    private volatile EngineClock clock = EngineClock.wall();

    /** What the engine was told last of each VM; the hand's thread only. */
    private final Map<VmSeat, Told> told = new HashMap<>();

    /** How much the files of a type were, when they were read in a guest last. */
    private final Map<String, Long> guestBytes = new HashMap<>();

    private record Told(long amountKib, long startTimeNs, String text) {}

    /**
     * Nothing is read or written yet.
     *
     * @param folder where what was learnt is kept
     * @param guestFiles where the operator says which files in the guests to read; null: nowhere
     * @param onNews run on the engine's thread when there is something to do
     */
    WarmHand(
            Hypervisor hypervisor,
            EngineView engine,
            Path folder,
            @Nullable Path guestFiles,
            Runnable onNews) {
        this.hypervisor = hypervisor;
        this.engine = engine;
        this.learner = new WarmupLearner(folder, WarmSettings.defaults());
        this.guestFiles = new GuestFiles(guestFiles);
        this.news = new TaskNews(onNews);
    }

    /** Where to tell of it; before the first round. */
    void start(EventPublisher newPublisher, EngineClock newClock) {
        publisher = newPublisher;
        clock = newClock;
    }

    TaskNews news() {
        return news;
    }

    /** Follows the tasks; the hand's own thread. */
    void round() {
        for (News one = news.poll(); one != null; one = news.poll()) {
            hear(one);
        }
        List<VmSeat> vms = engine.enforced();
        tasks.keepOnly(vms, clock.timeNs() - LATE_NS);
        told.keySet().retainAll(vms);
        for (VmSeat vm : vms) {
            Optional<Task> next = tasks.next(vm.slot(), vm.generation());
            if (next.isPresent()) {
                tell(vm, worth(next.get()));
            } else if (told.containsKey(vm)) {
                tell(vm, new Told(0, 0, ""));
            }
        }
    }

    private void hear(News one) {
        switch (one.state()) {
            case ANNOUNCED, ANTICIPATED -> tasks.announce(one);
            case RESCHEDULED -> tasks.reschedule(one);
            case WITHDRAWN -> tasks.take(one);
            case STARTED -> {
                Task task = tasks.take(one);
                if (task != null) {
                    List<ImageWatch> watches = new ArrayList<>();
                    for (Path image : disks(task).images()) {
                        watches.add(learner.watch(task.type(), image));
                    }
                    tasks.run(task, watches);
                }
            }
            case FINISHED -> {
                tasks.take(one);
                Running running = tasks.finish(one.id());
                if (running != null) {
                    for (ImageWatch watch : running.watches()) {
                        LearnReport report = learner.learn(watch);
                        HandLog.learnt(running.task().type(), watch.image(), report);
                    }
                }
            }
        }
    }

    private VmDisks disks(Task task) {
        return hypervisor.disksOf(task.slot(), task.generation());
    }

    private Told worth(Task task) {
        VmDisks disks = disks(task);
        long bytes = 0;
        List<String> reasons = new ArrayList<>();
        if (!disks.unavailable().isEmpty()) {
            reasons.add("unavailable: " + disks.unavailable());
        }
        for (Path image : disks.images()) {
            WarmPlan plan = learner.plan(task.type(), image, disks.pid());
            bytes += plan.bytes();
            if (!plan.reason().isEmpty()) {
                reasons.add(image.getFileName() + ": " + plan.reason());
            }
        }
        bytes = Math.min(bytes, WarmLimits.defaults().bytesMax());
        try {
            if (disks.agent() != null && !guestFiles.of(task.type()).isEmpty()) {
                bytes += guestBytes(task.type());
            }
        } catch (IOException e) {
            reasons.add(String.valueOf(e.getMessage()));
        }
        return new Told(bytes / 1024, task.startTimeNs(), task.type() + told(reasons));
    }

    private static String told(List<String> reasons) {
        return reasons.isEmpty() ? "" : "; " + String.join("; ", reasons);
    }

    private long guestBytes(String type) {
        synchronized (guestBytes) {
            return guestBytes.getOrDefault(type, GUEST_BYTES_MAX / 4);
        }
    }

    /** Says it once: the same again would be an event for nothing. */
    private void tell(VmSeat vm, Told now) {
        Told before = told.get(vm);
        EventPublisher ring = publisher;
        boolean news =
                now.amountKib() > 0
                        || before == null
                        || before.amountKib() > 0
                        || !before.text().equals(now.text());
        if (ring == null || now.equals(before) || !news) {
            return;
        }
        try {
            ring.publish(tick -> write(tick, vm, now));
            told.put(vm, now);
        } catch (RingFullException e) {
            // The next round tells it.
            HandLog.lost(vm, e);
        }
    }

    private void write(Tick tick, VmSeat vm, Told now) {
        tick.begin(EventKind.CONTROL, clock.timeNs());
        tick.control.kind = ControlKind.WARMTH;
        tick.control.vmSlot = vm.slot();
        tick.control.vmGeneration = vm.generation();
        tick.control.vmName.set(vm.name());
        tick.control.amountKib = now.amountKib();
        tick.control.timeNs = now.startTimeNs();
        tick.control.text.set(now.text());
    }

    /** Loads what the VM's next task will read. */
    void perform(ActOrder order, OutcomeSection outcome) {
        Task task = tasks.next(order.vmSlot, order.vmGeneration).orElse(null);
        if (task == null) {
            Outcomes.end(outcome, OutcomeStatus.DONE, "the task has started or was withdrawn");
            return;
        }
        VmDisks disks = disks(task);
        if (!disks.unavailable().isEmpty()) {
            Outcomes.end(outcome, OutcomeStatus.UNAVAILABLE, disks.unavailable());
            return;
        }
        Sum sum = new Sum();
        WarmLimits usual = WarmLimits.defaults();
        long leftBytes = usual.bytesMax();
        for (Path image : disks.images()) {
            WarmPlan plan = learner.plan(task.type(), image, disks.pid());
            if (plan.ranges().isEmpty() || leftBytes <= 0 || !tasks.isAnnounced(task)) {
                continue;
            }
            WarmReport report =
                    warmer.warm(
                            image,
                            plan.ranges(),
                            new WarmLimits(
                                    leftBytes,
                                    usual.bytesPerSecondMax(),
                                    usual.hostFreeBytesMin(),
                                    WARM_LIMIT),
                            () -> !tasks.isAnnounced(task));
            leftBytes -= report.askedBytes();
            sum.add(
                    report.end(),
                    image.getFileName()
                            + ": "
                            + report.residentAfterBytes() / MIB
                            + " of "
                            + report.wantedBytes() / MIB
                            + " MiB cached, "
                            + report.askedBytes() / MIB
                            + " MiB of them asked for",
                    report.reason());
            outcome.errorCode = report.errno();
        }
        preload(task, disks, sum);
        sum.end(outcome);
    }

    private void preload(Task task, VmDisks disks, Sum sum) {
        UnaryOperator<String> agent = disks.agent();
        List<String> files;
        try {
            files = guestFiles.of(task.type());
        } catch (IOException e) {
            sum.add(WarmEnd.UNAVAILABLE, "", String.valueOf(e.getMessage()));
            return;
        }
        if (agent == null || files.isEmpty() || !tasks.isAnnounced(task)) {
            return;
        }
        PreloadReport report =
                new GuestPreload(agent::apply)
                        .preload(
                                files,
                                new PreloadLimits(GUEST_BYTES_MAX, GUEST_LIMIT),
                                () ->
                                        !tasks.isAnnounced(task)
                                                || Thread.currentThread().isInterrupted());
        if (report.readBytes() > 0) {
            synchronized (guestBytes) {
                guestBytes.put(task.type(), report.readBytes());
            }
        }
        sum.add(
                report.end(),
                report.fileCount()
                        + " files with "
                        + report.readBytes() / MIB
                        + " MiB in the guest",
                report.reason());
    }

    /** What came of all that belongs to one act. */
    private static final class Sum {
        private final List<String> words = new ArrayList<>();
        private boolean any;
        private boolean failed;

        void add(WarmEnd end, String what, String reason) {
            any |= end != WarmEnd.UNAVAILABLE;
            failed |=
                    end == WarmEnd.FAILED || end == WarmEnd.CANCELLED || end == WarmEnd.HOST_MEMORY;
            words.add(
                    what.isEmpty() ? reason : reason.isEmpty() ? what : what + " (" + reason + ")");
        }

        void end(OutcomeSection outcome) {
            if (words.isEmpty()) {
                Outcomes.end(outcome, OutcomeStatus.DONE, "there is nothing to load any more");
                return;
            }
            OutcomeStatus status = failed ? OutcomeStatus.FAILED : OutcomeStatus.DONE;
            Outcomes.end(
                    outcome, any ? status : OutcomeStatus.UNAVAILABLE, String.join("; ", words));
        }
    }
}

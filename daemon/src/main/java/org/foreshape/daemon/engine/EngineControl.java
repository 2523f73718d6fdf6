package org.foreshape.daemon.engine;

import java.util.List;
import java.util.Objects;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.control.Announcement;
import org.foreshape.daemon.control.BadRequestException;
import org.foreshape.daemon.control.ControlTarget;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.control.NotRecordedException;
import org.foreshape.daemon.control.UnknownNameException;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers for an engine: reads from its snapshot, changes through its ring. Any thread. */
public final class EngineControl implements ControlTarget {
    private static final double SECOND_NS = 1e9;
    private static final long RESTORE_WAIT_NS = 45_000_000_000L;
    private static final long POLL_MS = 100;

    /** Balloons move in pages of the guest and round; a difference below this is none. */
    private static final long TOLERANCE_KIB = 2048;

    private final Engine engine;
    private final EngineReport report;
    private final Runnable onShutdown;

    /** Answers for the engine; {@code onShutdown} is run when somebody asks to end. */
    public EngineControl(Engine engine, Runnable onShutdown) {
        this.engine = engine;
        this.report = new EngineReport(engine);
        this.onShutdown = onShutdown;
    }

    @Override
    public ObjectNode status() {
        return report.status();
    }

    @Override
    public ArrayNode vms() {
        return report.vms();
    }

    @Override
    public ObjectNode plan(String vmName) {
        return report.plan(find(vmName));
    }

    @Override
    public ObjectNode counters() {
        return report.counters();
    }

    @Override
    public ArrayNode forecast() {
        return report.forecasts();
    }

    @Override
    public ObjectNode horizon() {
        return HorizonReport.toJson(engine.horizon());
    }

    @Override
    public void announce(Announcement announcement) {
        String vmName = announcement.vmName();
        VmEntry vm = vmName == null ? null : find(vmName);
        record(
                tick -> {
                    tick.begin(EventKind.TASK, engine.clock().timeNs());
                    fill(tick.task, announcement, tick.timeNs);
                    if (vm != null) {
                        tick.task.vmSlot = vm.slot();
                        tick.task.vmGeneration = vm.generation();
                    }
                },
                "task " + announcement.id() + " was heard");
    }

    private static void fill(TaskSection task, Announcement told, long nowNs) {
        task.state = told.state();
        task.id.set(told.id());
        task.type.set(told.type());
        task.priority = told.priority();
        task.complexity = (float) told.complexity();
        task.plannedStartTimeNs = nowNs + (long) (told.startInSeconds() * SECOND_NS);
        Double duration = told.durationSeconds();
        Double actualDuration = told.actualDurationSeconds();
        task.expectedDurationNs = duration == null ? TaskSection.UNKNOWN : ns(duration);
        task.expectedMemoryKib = kib(told.memoryMib());
        task.expectedCpuMillicores = millicores(told.cpuCores());
        task.expectedStorageKib = kib(told.storageMib());
        task.actualDurationNs = actualDuration == null ? TaskSection.UNKNOWN : ns(actualDuration);
        task.actualMemoryKib = kib(told.actualMemoryMib());
        task.actualCpuMillicores = millicores(told.actualCpuCores());
        task.actualStorageKib = kib(told.actualStorageMib());
        List<String> after = told.after();
        task.dependencyCount = after.size();
        for (int i = 0; i < after.size(); i++) {
            Text dependency = task.dependencies[i];
            dependency.set(after.get(i));
        }
    }

    private static long kib(@Nullable Long mib) {
        return mib == null ? TaskSection.UNKNOWN : mib * 1024;
    }

    private static long millicores(@Nullable Double cores) {
        return cores == null ? TaskSection.UNKNOWN : Math.round(cores * 1000);
    }

    private static long ns(double seconds) {
        return (long) (seconds * SECOND_NS);
    }

    @Override
    public void mode(String vmName, VmMode mode) {
        VmEntry vm = find(vmName);
        VmPolicy old = vm.policy();
        record(
                Controls.policy(
                        engine.clock(),
                        vm,
                        new VmPolicy(mode, old.priority(), old.floorKib(), old.ceilingKib())),
                "the mode of " + vmName + " is changed");
    }

    @Override
    public void swapModel(String named) {
        try {
            ForecastModel model = ModelSource.of(named).model();
            if (model == null) {
                throw new BadRequestException(
                        "a run with a model goes on with a model: name shipped or a file");
            }
            engine.swapModel(model);
        } catch (Failure | IllegalArgumentException | ModelRejectedException e) {
            throw new BadRequestException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void pause() {
        record(operator(ControlKind.PAUSED), "acts are paused");
    }

    @Override
    public void resume() {
        engine.enforcement().allow();
        record(operator(ControlKind.RESUMED), "acts are allowed");
    }

    private EventWriter operator(ControlKind kind) {
        return Controls.text(engine.clock(), kind, "by the operator");
    }

    /** Answers only when a restart would know of it too; else says what holds until then. */
    private void record(EventWriter event, String done) {
        if (!engine.events().publishRecorded(event)) {
            throw new NotRecordedException(
                    done
                            + ", but the journal did not take it: a restart will not know of it."
                            + " Make room for the journal, then say it again");
        }
    }

    @Override
    public ObjectNode restore() {
        if (!engine.enforcement().isAllowed()) {
            throw new BadRequestException(
                    "acts are stopped: "
                            + engine.enforcement().stoppedReason()
                            + "; then restore again, or stop the daemon and run"
                            + " `foreshape restore` without it");
        }
        // Done whether or not the journal takes it: memory is given back in doubt.
        engine.events().publishRecorded(operator(ControlKind.RESTORE));
        long endNs = System.nanoTime() + RESTORE_WAIT_NS;
        while (!isRestored(engine.latest()) && System.nanoTime() < endNs) {
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return restoreAnswer(engine.latest());
    }

    private boolean isRestored(Tick latest) {
        return engine.isPaused()
                && engine.roster().all().stream()
                        .allMatch(vm -> vm.mode() != VmMode.ENFORCE || isBack(latest, vm));
    }

    private static boolean isBack(Tick latest, VmEntry vm) {
        SampleSection sample = latest.sample;
        return sample.present[vm.slot()]
                && sample.generation[vm.slot()] == vm.generation()
                && Math.abs(sample.allocationKib[vm.slot()] - vm.originalKib()) <= TOLERANCE_KIB;
    }

    private ObjectNode restoreAnswer(Tick latest) {
        ObjectNode answer = Json.object();
        boolean all = true;
        ArrayNode vms = answer.putArray("vms");
        for (VmEntry vm : engine.roster().all()) {
            boolean touched = vm.mode() == VmMode.ENFORCE;
            boolean back = isBack(latest, vm);
            all &= back || !touched;
            vms.addObject()
                    .put("name", vm.name())
                    .put("mode", Config.word(vm.mode()))
                    .put("original_mib", EngineReport.mib(vm.originalKib()))
                    .put("allocation_mib", EngineReport.mib(latest.sample.allocationKib[vm.slot()]))
                    .put("back", back)
                    .put("why", back || !touched ? "" : why(latest, vm));
        }
        return answer.put("done", all);
    }

    private String why(Tick latest, VmEntry vm) {
        SampleSection sample = latest.sample;
        int slot = vm.slot();
        return sample.hasGuestStats(slot) && sample.usedKib(slot) > vm.originalKib()
                ? "it uses more than it had; it gets smaller once it lets go"
                : "not there yet";
    }

    @Override
    public void shutdown() {
        onShutdown.run();
    }

    private VmEntry find(String vmName) {
        VmEntry vm = engine.roster().byName(vmName);
        if (vm == null) {
            List<String> names = engine.roster().all().stream().map(VmEntry::name).toList();
            throw new UnknownNameException(
                    "no VM is named " + vmName + "; " + NearNames.hint(vmName, names));
        }
        return Objects.requireNonNull(vm);
    }
}

package org.foreshape.daemon.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.foreshape.daemon.control.BadRequestException;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelManifest;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.jspecify.annotations.Nullable;

/**
 * One training after the other: trains on the journal but for its newest part, holds the candidate
 * against the model at work on that part, both calibrated as in service, and promotes it when it is
 * better by the bound. Every step is journaled. One thread.
 *
 * <p>What wins is promoted in the store first, then the journal hears of it, then the engine takes
 * it up. So wherever the process dies, the next start takes a model of which the journal says that
 * it won; at worst the store knows of one verdict that the journal does not.
 */
final class Retraining {
    private static final Logger LOG = Logger.getLogger(Retraining.class.getName());
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int STATUS_KILLED_MIN = 128;

    private final ServedEngine engine;
    private final KeeperSettings settings;
    private final HelperCommands commands;
    private final ModelStore store;
    private final HelperRun helper = new HelperRun();

    Retraining(ServedEngine engine, KeeperSettings settings, HelperCommands commands) {
        this.engine = engine;
        this.settings = settings;
        this.commands = commands;
        this.store = new ModelStore(settings.directory());
    }

    /** What one training works on. */
    private record Task(
            String name,
            String cause,
            long startedNs,
            ForecastModel present,
            Path journal,
            Path judging) {
        Verdict undecided(String reason) {
            return Verdict.undecided(name, cause, startedNs, reason);
        }
    }

    /** Why no training can begin now, with the cure where there is one; null when it can. */
    @Nullable String fault() {
        if (engine.model() == null) {
            return "no feature model is at work; start with one (model.path)";
        }
        if (engine.journal() == null) {
            return "there is no journal to train on";
        }
        return commands.trainerFault();
    }

    /**
     * Trains and judges once; {@link #fault} must be null.
     *
     * @return how it came out
     * @throws InterruptedException when this thread is interrupted; nothing is left of it then
     */
    Verdict run(Cause cause, String why) throws InterruptedException {
        long startedNs = engine.clock().timeNs();
        String name = StoreFiles.newName(store.directory(), startedNs, cause);
        Task task =
                new Task(
                        name,
                        why,
                        startedNs,
                        Objects.requireNonNull(engine.model(), "fault() was null"),
                        Objects.requireNonNull(engine.journal(), "fault() was null"),
                        store.besides(name, StoreFiles.JUDGING));
        store.tidy();
        tell(ControlKind.TRAINING_STARTED, name + ": " + why);
        Verdict verdict;
        boolean ended = false;
        try {
            verdict = attempt(task);
            if (Thread.interrupted()) {
                throw new InterruptedException("the engine stops");
            }
            store.keep(verdict);
            ended = true;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the engine stops: " + e);
            }
            verdict =
                    task.undecided(
                            e + "; is there room, and may this user write in " + store.directory());
        } finally {
            StoreFiles.remove(task.judging());
            if (!ended) {
                StoreFiles.removeAllOf(store.directory(), name);
            }
        }
        if (verdict.hasWon()) {
            return promote(task, verdict);
        }
        tell(ControlKind.MODEL_JUDGED, verdict.text());
        return verdict;
    }

    private Verdict attempt(Task task) throws IOException, InterruptedException {
        Files.createDirectories(store.directory());
        Files.createDirectories(task.judging());
        try {
            long firstNs = firstSampleNs(task.journal());
            long untilSeconds = (task.startedNs() - settings.heldBackNs() - firstNs) / SECOND_NS;
            if (untilSeconds < 1) {
                return task.undecided(
                        "the journal has no more than the "
                                + settings.heldBackMinutes()
                                + " min that are held back");
            }
            ForecastModel candidate = train(task, untilSeconds);
            return judge(task, candidate, firstNs, untilSeconds);
        } catch (JournalException | ModelRejectedException | Failure e) {
            Path model = store.fileOf(task.name());
            StoreFiles.remove(model);
            StoreFiles.remove(ForecastModel.manifestOf(model));
            StoreFiles.remove(model.resolveSibling(model.getFileName() + StoreFiles.TRAINING));
            return task.undecided(String.valueOf(e.getMessage()));
        }
    }

    /** The time that second 0 of the trainer and of an evaluation stands for. */
    private static long firstSampleNs(Path journal) {
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.advance()) {
                if (reader.kind() == EventKind.SAMPLE) {
                    return reader.timeNs();
                }
            }
        }
        throw Failure.check("the journal has no sample yet");
    }

    private ForecastModel train(Task task, long untilSeconds)
            throws IOException, InterruptedException {
        Path model = store.fileOf(task.name());
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--journal", task.journal().toString()));
        arguments.addAll(List.of("--until-seconds", Long.toString(untilSeconds)));
        arguments.addAll(List.of("--step-seconds", stepSeconds(task.present())));
        arguments.addAll(List.of("--seed", Long.toString(task.startedNs() / SECOND_NS)));
        arguments.addAll(List.of("--out", model.toString()));
        arguments.addAll(settings.trainerArguments());
        LOG.info("trains " + model + ": " + task.cause());
        runHelper("the training", commands.trainer(arguments), task);
        ForecastModel candidate = ForecastModel.load(model);
        ModelManifest made = candidate.manifest();
        if (made.gridStepSeconds() != task.present().manifest().gridStepSeconds()
                || made.schemaVersion() != task.present().manifest().schemaVersion()) {
            throw Failure.check(
                    "it has schema "
                            + made.schemaVersion()
                            + " and steps of "
                            + made.gridStepSeconds()
                            + " s, at work is one of schema "
                            + task.present().manifest().schemaVersion()
                            + " and "
                            + stepSeconds(task.present())
                            + " s");
        }
        return candidate;
    }

    private static String stepSeconds(ForecastModel model) {
        return Integer.toString(model.manifest().gridStepSeconds());
    }

    private Verdict judge(Task task, ForecastModel candidate, long firstNs, long untilSeconds)
            throws IOException, InterruptedException {
        // What is at work, whatever became of its file meanwhile.
        Path present = task.judging().resolve("present.onnx");
        Files.write(present, task.present().bytes());
        Files.write(
                ForecastModel.manifestOf(present), ManifestJson.write(task.present().manifest()));
        Path report = task.judging().resolve("report.json");
        // A step of the evaluation's begins earlier than the first sample, by less than a step.
        long fromSeconds = untilSeconds + candidate.manifest().gridStepSeconds();
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--journal", task.journal().toString()));
        arguments.addAll(List.of("--model", store.fileOf(task.name()).toString()));
        arguments.addAll(List.of("--model", present.toString()));
        arguments.addAll(List.of("--from-seconds", Long.toString(fromSeconds)));
        arguments.addAll(List.of("--json", report.toString()));
        runHelper("the evaluation", commands.evaluator(arguments, task.judging()), task);
        if (firstSampleNs(task.journal()) != firstNs) {
            return task.undecided(
                    "the journal's oldest file was removed meanwhile, so that what it was trained"
                            + " on and what it was judged on may overlap");
        }
        if (engine.model() != task.present()) {
            return task.undecided("another model was put to work meanwhile");
        }
        try {
            return Verdict.of(
                    task.name(),
                    task.cause(),
                    task.startedNs(),
                    task.present().name(),
                    Json.parse(Files.readString(report)));
        } catch (BadRequestException e) {
            throw Failure.check("the evaluation's report is " + e.getMessage());
        }
    }

    private void runHelper(String what, List<String> command, Task task)
            throws IOException, InterruptedException {
        Path log = store.besides(task.name(), StoreFiles.LOG_FILE);
        int status = helper.run(command, log);
        if (status != 0) {
            String last = HelperRun.lastLine(log);
            throw Failure.check(
                    what
                            + " ended with exit status "
                            + status
                            + (status > STATUS_KILLED_MIN ? " (killed)" : "")
                            + (last.isEmpty() ? "" : ": " + last)
                            + " (see "
                            + log
                            + ")");
        }
    }

    private Verdict promote(Task task, Verdict verdict) {
        try {
            store.promote(task.name());
        } catch (Failure e) {
            return refused(task, "it won, but cannot be promoted: " + e.getMessage());
        }
        tell(ControlKind.MODEL_JUDGED, verdict.text());
        try {
            engine.swap(store.load(task.name()));
            return verdict;
        } catch (IllegalArgumentException | ModelRejectedException e) {
            store.rollBack(task.name());
            return refused(
                    task,
                    "it won, but cannot take its place, and is promoted no more: "
                            + e.getMessage());
        }
    }

    private Verdict refused(Task task, String reason) {
        Verdict refused = task.undecided(reason);
        tell(ControlKind.MODEL_JUDGED, refused.text());
        try {
            store.keep(refused);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the verdict could not be written", e);
        }
        return refused;
    }

    private void tell(ControlKind kind, String text) {
        LOG.info(text);
        engine.tell(kind, text);
    }

    ModelStore store() {
        return store;
    }

    /** Ends the process that trains or judges, if any. Any thread. */
    void end() {
        helper.end();
    }
}

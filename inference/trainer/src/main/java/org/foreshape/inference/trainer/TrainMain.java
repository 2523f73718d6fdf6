package org.foreshape.inference.trainer;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelManifest;
import org.foreshape.inference.evaluate.Evaluation;
import org.foreshape.inference.evaluate.EvaluationReport;
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.evaluate.ScoreGrid;
import org.foreshape.inference.trace.TraceOutline;
import org.foreshape.inference.trace.VmGroups;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.UnsupportedVersionException;
import org.foreshape.ring.ParentProcess;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a forecaster on traces or journals and writes it as ONNX with its manifest.
 *
 * <p>It runs as a process of its own, never inside the engine: niced, with {@code
 * OMP_NUM_THREADS=1}, because PyTorch's threads spin, and with {@code -Dai.djl.offline=true}, so
 * that nothing is fetched. A feature network that was broken off goes on at its last epoch when it
 * is started again with the same options and data; a journal that has grown since is other data.
 * Exit status: 0 done, 1 the model failed its own checks or the data is not of the format, 2 usage,
 * 3 an input is missing.
 */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Trains a forecaster and writes it as ONNX.")
public final class TrainMain implements Callable<Integer> {
    /** What can be trained. */
    enum Network {
        /** Two hidden layers on the features of a row; the mean of {@code --members} of them. */
        MLP,
        /** An MLP to whose first layer the last state of an LSTM over the newest steps is added. */
        JOINED,
        /** A stateful LSTM, step by step. */
        LSTM
    }

    @Option(
            names = "--trace",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Trace files, .csv or .csv.gz.")
    private List<Path> traces = List.of();

    @Option(
            names = "--journal",
            arity = "1..*",
            paramLabel = "DIR",
            description =
                    "Journals of this engine, in the order of time, instead of traces. A journal"
                            + " that is still written may be read.")
    private List<Path> journals = List.of();

    @Option(
            names = "--until-seconds",
            paramLabel = "T",
            description = "Journals: trains on nothing from T seconds after the first sample on.")
    private @Nullable Long untilSeconds;

    @Option(
            names = "--groups",
            paramLabel = "FILE",
            description =
                    "CSV with the columns vm and group. Some groups are held back to stop by: a"
                            + " tenth of a trace's, 15 %% of a journal's; with fewer than ten in a"
                            + " journal, the last fifth of its time instead. Without it every VM is"
                            + " a group of its own.")
    private @Nullable Path groups;

    @Option(
            names = "--validate",
            paramLabel = "FILE",
            description = "Trace of other VMs to score on; the scores go into the manifest.")
    private @Nullable Path validate;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "MODEL.onnx",
            description = "The model file to write; its manifest goes beside it.")
    private Path out = Path.of("");

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the manifest here too.")
    private @Nullable Path json;

    @Option(names = "--seed", defaultValue = "1", description = "Seed (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = {"--network", "--kind"},
            defaultValue = "mlp",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Network network = Network.MLP;

    @Option(
            names = {"--step-seconds", "--grid-seconds"},
            paramLabel = "N",
            description =
                    "Seconds per step of the model, a divisor of 300: 300 for traces, 15 for"
                            + " journals unless given. The engine takes its step from the model.")
    private @Nullable Integer stepAsked;

    @Option(
            names = "--members",
            defaultValue = "1",
            description = "MLP: networks whose mean is the model (${DEFAULT-VALUE}).")
    private int members;

    @Option(
            names = "--width",
            split = ",",
            defaultValue = "64,64",
            description = "MLP: widths of both hidden layers (${DEFAULT-VALUE}).")
    private List<Integer> widths = List.of();

    @Option(
            names = "--rows",
            defaultValue = "2500000",
            description = "MLP: origins to train on, at most (${DEFAULT-VALUE}).")
    private long rowsMax;

    @Option(
            names = "--epochs",
            description =
                    "MLP: times that each origin is seen, at most: 5 for many origins, more for few"
                            + " unless given.")
    private @Nullable Integer epochsAsked;

    @Option(
            names = "--steps",
            defaultValue = "3000",
            description = "LSTM: optimiser steps (${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--hidden",
            defaultValue = "64",
            description = "LSTM: width of the state (${DEFAULT-VALUE}).")
    private int hiddenSize;

    private static final int JOINED_WIDTH = 16;
    private static final int TRACE_STEP_SECONDS = 300;
    private static final int JOURNAL_STEP_SECONDS = 15;

    private final PrintStream log = System.err;

    /** Made by the command line. */
    public TrainMain() {}

    /**
     * Runs the trainer and exits. Ends with the process that started it, where that asked for it.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        ParentProcess.watch();
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new TrainMain()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws IOException {
        String wrong = wrongOption();
        if (wrong != null) {
            log.println(wrong);
            return 2;
        }
        for (Path file : inputs()) {
            if (!Files.isReadable(file)) {
                log.println("No such file: " + file + ". Give a readable one.");
                return 3;
            }
        }
        for (Path journal : journals) {
            if (!Files.isDirectory(journal)) {
                log.println(
                        "No such journal: "
                                + journal
                                + ". Give the directory that `foreshape run` or `demo` wrote.");
                return 3;
            }
        }
        if (System.getenv("OMP_NUM_THREADS") == null) {
            log.println("OMP_NUM_THREADS is not set: set it to 1, or PyTorch's threads may spin.");
        }
        System.setProperty("ai.djl.offline", "true");
        try {
            return network == Network.LSTM ? trainLstm() : trainMlp();
        } catch (IllegalArgumentException e) {
            log.println(e.getMessage());
            return 1;
        } catch (JournalException e) {
            log.println(e.getMessage());
            return e instanceof CorruptRecordException || e instanceof UnsupportedVersionException
                    ? 1
                    : 3;
        }
    }

    private @Nullable String wrongOption() {
        if (traces.isEmpty() == journals.isEmpty()) {
            return traces.isEmpty()
                    ? "There is nothing to train on: give --trace FILE... or --journal DIR..."
                    : "--trace and --journal cannot be mixed, their steps and gaps mean different"
                            + " things: train on one of them.";
        }
        if (untilSeconds != null && (journals.isEmpty() || untilSeconds < 1)) {
            return "--until-seconds takes a positive number, and goes with --journal only.";
        }
        Integer epochs = epochsAsked;
        if (steps < 1
                || hiddenSize < 1
                || members < 1
                || rowsMax < 1
                || (epochs != null && epochs < 1)) {
            return "--steps, --hidden, --members, --rows and --epochs must be positive.";
        }
        if (widths.size() != 2 || widths.stream().anyMatch(width -> width < 1)) {
            return "--width takes two positive numbers, such as 64,64.";
        }
        if (stepSeconds() < 1 || 300 % stepSeconds() != 0) {
            return "--step-seconds is " + stepSeconds() + ": give a divisor of 300.";
        }
        if (network == Network.LSTM && !journals.isEmpty()) {
            return "The LSTM is trained on traces only: use --network mlp for a journal.";
        }
        return network == Network.LSTM && stepSeconds() != 300
                ? "The LSTM's schema is for steps of 300 s: use --network mlp for another step."
                : null;
    }

    private int stepSeconds() {
        Integer asked = stepAsked;
        if (asked != null) {
            return asked;
        }
        return journals.isEmpty() ? TRACE_STEP_SECONDS : JOURNAL_STEP_SECONDS;
    }

    private int trainLstm() throws IOException {
        TrainedModel trained =
                new LstmTraining(traces, stepSeconds(), hiddenSize, steps, seed, log).run();
        Map<String, String> hashes = new TreeMap<>();
        for (Path trace : traces) {
            hashes.put(String.valueOf(trace.getFileName()), ModelFiles.hash(trace));
        }
        return finish(trained, hashes);
    }

    private int trainMlp() throws IOException {
        Path folder = out.toAbsolutePath().resolveSibling(out.getFileName() + ".work");
        Files.createDirectories(folder);
        TrainedModel trained;
        Map<String, String> hashes;
        try (DemandSource source = source(folder)) {
            hashes = source.dataSha256();
            Integer epochs = epochsAsked;
            DemandTraining.Recipe recipe =
                    new DemandTraining.Recipe(
                            source.gridStepSeconds(),
                            rowsMax,
                            epochs == null ? 0 : epochs,
                            members,
                            widths.get(0),
                            widths.get(1),
                            network == Network.JOINED ? JOINED_WIDTH : 0,
                            seed,
                            new TreeMap<>(hashes).toString());
            trained = new DemandTraining(source, recipe, folder, log).run();
        } catch (IllegalArgumentException | JournalException e) {
            removeIfEmpty(folder);
            throw e;
        }
        return finish(trained, hashes);
    }

    private DemandSource source(Path folder) throws IOException {
        if (journals.isEmpty()) {
            return new TraceSource(traces, VmGroups.read(groups), stepSeconds());
        }
        Long until = untilSeconds;
        return JournalSource.read(
                journals,
                stepSeconds(),
                until == null ? Long.MAX_VALUE : until,
                groups == null ? null : VmGroups.read(groups),
                folder,
                log);
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(folder);
    }

    private int finish(TrainedModel trained, Map<String, String> hashes) throws IOException {
        log.println("largest difference between ONNX and network: " + trained.difference());
        if (!(trained.difference() <= Parity.DIFFERENCE_MAX)) {
            log.println("The exported model answers otherwise than the network: not written.");
            trained.cleanUp();
            return 1;
        }
        byte[] model = trained.model();
        Map<String, Map<String, Double>> scores = new TreeMap<>();
        scores.put("parity", Map.of("largest_difference", trained.difference()));
        ModelManifest manifest = manifest(trained, hashes, scores);
        ModelFiles.write(out, model);
        ModelFiles.write(ForecastModel.manifestOf(out), ManifestJson.write(manifest));
        Path held = validate;
        if (held != null) {
            EvaluationReport report = score(held);
            log.println(report.text());
            scores.putAll(report.scores());
            manifest = manifest(trained, hashes, scores);
            ModelFiles.write(ForecastModel.manifestOf(out), ManifestJson.write(manifest));
        }
        if (json != null) {
            ModelFiles.write(json, ManifestJson.write(manifest));
        }
        trained.cleanUp();
        return 0;
    }

    private EvaluationReport score(Path held) throws IOException {
        int gridStepSeconds = stepSeconds();
        TraceOutline outline = TraceOutline.of(held, gridStepSeconds);
        ForecastModel model = ForecastModel.load(out);
        try (ModelSeries calibrated = new ModelSeries("model, calibrated", model, true);
                ModelSeries raw = new ModelSeries("model, raw", model, false)) {
            ScoreGrid grid = ScoreGrid.of(gridStepSeconds, outline.firstBin(), outline.endBin());
            EvaluationReport report = new Evaluation(grid, List.of(calibrated, raw)).run(held);
            report.bootstrap(groups);
            return report;
        }
    }

    private ModelManifest manifest(
            TrainedModel trained,
            Map<String, String> hashes,
            Map<String, Map<String, Double>> scores) {
        int gridStepSeconds = stepSeconds();
        Engine engine = Engine.getEngine("PyTorch");
        return new ModelManifest(
                trained.schemaVersion(),
                trained.schemaHash(),
                gridStepSeconds,
                trained.network(),
                trained.hiddenSize(),
                Arrays.stream(FeatureSchema.quantiles()).boxed().toList(),
                List.of(300 / gridStepSeconds, 900 / gridStepSeconds),
                LanePool.SETTLE_STEPS,
                ForecastModel.sha256(trained.model()),
                new TreeMap<>(hashes),
                seed,
                trained.steps(),
                new TreeMap<>(
                        Map.of(
                                "java", Runtime.version().toString(),
                                "djl", Engine.getDjlVersion(),
                                "pytorch", engine.getVersion())),
                scores);
    }

    private List<Path> inputs() {
        List<Path> inputs = new ArrayList<>(traces);
        if (validate != null) {
            inputs.add(validate);
        }
        if (groups != null) {
            inputs.add(groups);
        }
        return inputs;
    }
}

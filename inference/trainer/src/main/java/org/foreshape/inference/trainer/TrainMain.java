package org.foreshape.inference.trainer;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a forecaster on traces and writes it as ONNX with its manifest.
 *
 * <p>It runs as a process of its own, never inside the engine: niced, with {@code
 * OMP_NUM_THREADS=1}, because PyTorch's threads spin, and with {@code -Dai.djl.offline=true}, so
 * that nothing is fetched. A feature network that was broken off goes on at its last epoch when it
 * is started again with the same options. Exit status: 0 done, 1 the model failed its own checks or
 * the data is not of the format, 2 usage, 3 an input is missing.
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
        /** A stateful LSTM, step by step. */
        LSTM
    }

    @Option(
            names = "--trace",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Trace files, .csv or .csv.gz.")
    private List<Path> traces = List.of();

    @Option(
            names = "--groups",
            paramLabel = "FILE",
            description =
                    "CSV with the columns vm and group. A tenth of the groups is held back to stop"
                            + " by. Without it every VM is a group of its own.")
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
            names = "--network",
            defaultValue = "mlp",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Network network = Network.MLP;

    @Option(
            names = "--grid-seconds",
            defaultValue = "300",
            description = "Seconds per step of the model; a divisor of 300 (${DEFAULT-VALUE}).")
    private int gridStepSeconds;

    @Option(
            names = "--members",
            defaultValue = "1",
            description = "MLP: networks whose mean is the model (${DEFAULT-VALUE}).")
    private int members;

    @Option(
            names = "--width",
            split = ",",
            defaultValue = "128,64",
            description = "MLP: widths of both hidden layers (${DEFAULT-VALUE}).")
    private List<Integer> widths = List.of();

    @Option(
            names = "--rows",
            defaultValue = "2500000",
            description = "MLP: origins to train on, at most (${DEFAULT-VALUE}).")
    private long rowsMax;

    @Option(
            names = "--epochs",
            defaultValue = "5",
            description = "MLP: times that each origin is seen, at most (${DEFAULT-VALUE}).")
    private int epochs;

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

    private final PrintStream log = System.err;

    /** Made by the command line. */
    public TrainMain() {}

    /**
     * Runs the trainer and exits.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new TrainMain()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws IOException {
        for (Path file : inputs()) {
            if (!Files.isReadable(file)) {
                log.println("No such file: " + file + ". Give a readable one.");
                return 3;
            }
        }
        String wrong = wrongOption();
        if (wrong != null) {
            log.println(wrong);
            return 2;
        }
        if (System.getenv("OMP_NUM_THREADS") == null) {
            log.println("OMP_NUM_THREADS is not set: set it to 1, or PyTorch's threads may spin.");
        }
        System.setProperty("ai.djl.offline", "true");
        try {
            TrainedModel trained = network == Network.LSTM ? trainLstm() : trainMlp();
            log.println("largest difference between ONNX and network: " + trained.difference());
            if (!(trained.difference() <= Parity.DIFFERENCE_MAX)) {
                log.println("The exported model answers otherwise than the network: not written.");
                return 1;
            }
            return finish(trained);
        } catch (IllegalArgumentException e) {
            log.println(e.getMessage());
            return 1;
        }
    }

    private @Nullable String wrongOption() {
        if (steps < 1 || hiddenSize < 1 || members < 1 || rowsMax < 1 || epochs < 1) {
            return "--steps, --hidden, --members, --rows and --epochs must be positive.";
        }
        if (widths.size() != 2 || widths.stream().anyMatch(width -> width < 1)) {
            return "--width takes two positive numbers, such as 128,64.";
        }
        if (gridStepSeconds < 1 || 300 % gridStepSeconds != 0) {
            return "--grid-seconds is " + gridStepSeconds + ": give a divisor of 300.";
        }
        return network == Network.LSTM && gridStepSeconds != 300
                ? "The LSTM's schema is for steps of 300 s: use --network mlp for another step."
                : null;
    }

    private TrainedModel trainLstm() throws IOException {
        return new LstmTraining(traces, gridStepSeconds, hiddenSize, steps, seed, log).run();
    }

    private TrainedModel trainMlp() throws IOException {
        List<String> hashes = new ArrayList<>();
        for (Path trace : traces) {
            hashes.add(hash(trace));
        }
        Path folder = out.toAbsolutePath().resolveSibling(out.getFileName() + ".work");
        DemandTraining.Recipe recipe =
                new DemandTraining.Recipe(
                        gridStepSeconds,
                        rowsMax,
                        epochs,
                        members,
                        widths.get(0),
                        widths.get(1),
                        seed,
                        hashes);
        return new DemandTraining(traces, VmGroups.read(groups), recipe, folder, log).run();
    }

    private int finish(TrainedModel trained) throws IOException {
        byte[] model = trained.model();
        Map<String, Map<String, Double>> scores = new TreeMap<>();
        scores.put("parity", Map.of("largest_difference", trained.difference()));
        ModelManifest manifest = manifest(trained, scores);
        write(out, model);
        write(ForecastModel.manifestOf(out), ManifestJson.write(manifest));
        Path held = validate;
        if (held != null) {
            EvaluationReport report = score(held);
            log.println(report.text());
            scores.putAll(report.scores());
            manifest = manifest(trained, scores);
            write(ForecastModel.manifestOf(out), ManifestJson.write(manifest));
        }
        if (json != null) {
            write(json, ManifestJson.write(manifest));
        }
        trained.cleanUp();
        return 0;
    }

    private EvaluationReport score(Path held) throws IOException {
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

    private ModelManifest manifest(TrainedModel trained, Map<String, Map<String, Double>> scores)
            throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : traces) {
            hashes.put(String.valueOf(file.getFileName()), hash(file));
        }
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
                hashes,
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

    /** Writes a file as a whole or not at all: a reader never meets half a model. */
    private static void write(Path file, byte[] bytes) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
        Files.write(part, bytes);
        try {
            Files.move(
                    part,
                    absolute,
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, absolute, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String hash(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256: use a full JDK 25.", e);
        }
    }
}

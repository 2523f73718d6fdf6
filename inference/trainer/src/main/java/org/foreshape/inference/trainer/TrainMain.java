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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a forecaster on traces and writes it as ONNX with its manifest.
 *
 * <p>It runs as a process of its own, never inside the engine: {@code nice -n 10} with {@code
 * OMP_NUM_THREADS=1}, because PyTorch's threads spin, {@code -Xmx3g} for two months of 300 VMs, and
 * {@code -Dai.djl.offline=true}, so that nothing is fetched. Exit status: 0 done, 1 the model
 * failed its own checks, 2 usage, 3 an input is missing.
 */
@Command(name = "train", description = "Trains a forecaster and writes it as ONNX.")
public final class TrainMain implements Callable<Integer> {
    private static final int HISTORY_STEPS_MIN = LanePool.SETTLE_STEPS;
    private static final int COLD_EVERY = 4;

    @Option(names = "--trace", required = true, arity = "1..*", description = "Trace files.")
    private List<Path> traces = List.of();

    @Option(names = "--validate", required = true, description = "Trace of VMs to score on.")
    private Path validate = Path.of("");

    @Option(names = "--out", required = true, description = "The model file to write.")
    private Path out = Path.of("");

    @Option(names = "--json", required = true, description = "The manifest file to write.")
    private Path json = Path.of("");

    @Option(names = "--seed", defaultValue = "1", description = "Seed (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--steps", defaultValue = "3000", description = "Steps (${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--hidden",
            defaultValue = "64",
            description = "State width (${DEFAULT-VALUE}).")
    private int hiddenSize;

    @Option(
            names = "--grid-seconds",
            defaultValue = "300",
            description = "Step (${DEFAULT-VALUE}).")
    private int gridStepSeconds;

    private PrintStream log = System.err;

    /** Made by the command line. */
    public TrainMain() {}

    /**
     * Runs the trainer and exits.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TrainMain()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        for (Path file : inputs()) {
            if (!Files.isReadable(file)) {
                log.println("No such trace: " + file + ". Give a readable .csv or .csv.gz file.");
                return 3;
            }
        }
        if (steps < 1 || hiddenSize < 1) {
            log.println("--steps and --hidden must be positive.");
            return 2;
        }
        if (System.getenv("OMP_NUM_THREADS") == null) {
            log.println("OMP_NUM_THREADS is not set: set it to 1, or PyTorch's threads may spin.");
        }
        System.setProperty("ai.djl.offline", "true");
        try {
            return train();
        } catch (IllegalArgumentException e) {
            log.println(e.getMessage());
            return 1;
        }
    }

    private int train() throws IOException {
        List<TrainingSequence> warm = new ArrayList<>();
        List<TrainingSequence> cold = new ArrayList<>();
        readTraces(warm, cold);
        log.println("sequences: " + warm.size() + " whole, " + cold.size() + " newborn");
        Engine engine = LstmTrainer.engine(seed);
        LanePool pool =
                new LanePool(warm, cold, LstmTrainer.LANES, LstmTrainer.CHUNK_STEPS, seed + 1);
        LstmWeights weights =
                new LstmTrainer(engine, log::println).train(pool, hiddenSize, steps, seed);
        byte[] model = OnnxWriter.write(weights);
        double difference = Parity.difference(weights, model, engine, seed + 2);
        log.println("largest difference between ONNX and network: " + difference);
        if (!(difference <= Parity.DIFFERENCE_MAX)) {
            log.println("The exported model answers otherwise than the network: not written.");
            return 1;
        }
        return finish(model, difference, engine);
    }

    private int finish(byte[] model, double difference, Engine engine) throws IOException {
        List<VmTrace> held = new ArrayList<>();
        new TraceReader(gridStepSeconds, held::add).read(validate);
        Map<String, Map<String, Double>> scores =
                new TreeMap<>(new Validation(held, gridStepSeconds, hiddenSize).score(model));
        scores.put("parity", Map.of("largest_difference", difference));
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : traces) {
            hashes.put(String.valueOf(file.getFileName()), hash(file));
        }
        ModelManifest manifest =
                new ModelManifest(
                        FeatureSchema.VERSION,
                        FeatureSchema.HASH,
                        gridStepSeconds,
                        hiddenSize,
                        Arrays.stream(FeatureSchema.quantiles()).boxed().toList(),
                        Arrays.stream(FeatureSchema.horizonSteps()).boxed().toList(),
                        HISTORY_STEPS_MIN,
                        ForecastModel.sha256(model),
                        hashes,
                        seed,
                        steps,
                        new TreeMap<>(
                                Map.of(
                                        "java", Runtime.version().toString(),
                                        "djl", Engine.getDjlVersion(),
                                        "pytorch", engine.getVersion())),
                        scores);
        byte[] text = ManifestJson.write(manifest);
        write(out, model);
        write(ForecastModel.manifestOf(out), text);
        write(json, text);
        scores.forEach((name, measures) -> log.println(name + ": " + measures));
        return 0;
    }

    private List<Path> inputs() {
        List<Path> inputs = new ArrayList<>(traces);
        inputs.add(validate);
        return inputs;
    }

    private void readTraces(List<TrainingSequence> warm, List<TrainingSequence> cold)
            throws IOException {
        TrainingSequence.Hidden[] hidden = TrainingSequence.Hidden.values();
        TraceReader reader =
                new TraceReader(
                        gridStepSeconds,
                        trace -> {
                            warm.add(TrainingSequence.whole(trace, gridStepSeconds));
                            if (warm.size() % COLD_EVERY == 0) {
                                cold.addAll(
                                        TrainingSequence.newborn(
                                                trace,
                                                hidden[warm.size() / COLD_EVERY % hidden.length],
                                                gridStepSeconds));
                            }
                        });
        for (Path file : traces) {
            reader.read(file);
        }
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

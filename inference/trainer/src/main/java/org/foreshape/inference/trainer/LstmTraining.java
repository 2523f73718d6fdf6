package org.foreshape.inference.trainer;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.trace.TraceReader;

/** Trains the stateful LSTM: traces to sequences, sequences to weights, weights to ONNX. */
final class LstmTraining {
    private static final int COLD_EVERY = 4;

    private final List<Path> traces;
    private final int gridStepSeconds;
    private final int hiddenSize;
    private final int steps;
    private final long seed;
    private final PrintStream log;

    LstmTraining(
            List<Path> traces,
            int gridStepSeconds,
            int hiddenSize,
            int steps,
            long seed,
            PrintStream log) {
        this.traces = traces;
        this.gridStepSeconds = gridStepSeconds;
        this.hiddenSize = hiddenSize;
        this.steps = steps;
        this.seed = seed;
        this.log = log;
    }

    TrainedModel run() throws IOException {
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
        return new TrainedModel(
                model,
                Parity.difference(weights, model, engine, seed + 2),
                FeatureSchema.VERSION,
                FeatureSchema.HASH,
                "LSTM " + FeatureSchema.FEATURE_COUNT + "-" + hiddenSize,
                hiddenSize,
                steps,
                List.of());
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
}

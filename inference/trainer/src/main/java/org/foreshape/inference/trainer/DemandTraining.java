package org.foreshape.inference.trainer;

import ai.djl.engine.Engine;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * Trains feature networks: recorded lives to rows in a working folder, rows to weights, weights to
 * ONNX. The folder keeps the rows and the state at the end of each epoch until the model is
 * written.
 */
final class DemandTraining {
    private final DemandSource source;
    private final Recipe recipe;
    private final Path folder;
    private final PrintStream log;

    /**
     * Everything that the result depends on, besides the groups.
     *
     * @param epochs times that each row is seen, at most; 0: as many as suit
     * @param recurrentWidth state of an LSTM over the lags that is joined to it; 0: none
     */
    record Recipe(
            int gridStepSeconds,
            long rowsMax,
            int epochs,
            int members,
            int firstWidth,
            int secondWidth,
            int recurrentWidth,
            long seed,
            String dataSha256) {
        /** The same for the same result, as a line. */
        String text() {
            return DemandSchema.HASH + " " + this;
        }
    }

    DemandTraining(DemandSource source, Recipe recipe, Path folder, PrintStream log) {
        this.source = source;
        this.recipe = recipe;
        this.folder = folder;
        this.log = log;
    }

    TrainedModel run() throws IOException {
        Files.createDirectories(folder);
        Path rows = folder.resolve("rows");
        Path rowsRecipe = folder.resolve("rows.recipe");
        if (!Files.exists(rowsRecipe) || !Files.readString(rowsRecipe).equals(recipe.text())) {
            Files.deleteIfExists(rowsRecipe);
            writeRows(rows);
            Files.writeString(rowsRecipe, recipe.text());
        } else {
            log.println("going on in " + folder);
        }
        Engine engine = LstmTrainer.engine(recipe.seed());
        List<DemandWeights> networks = new ArrayList<>();
        List<Path> leftovers = new ArrayList<>(List.of(rows, rowsRecipe));
        int steps = 0;
        for (int member = 0; member < recipe.members(); member++) {
            Path checkpoint = folder.resolve("member" + member);
            leftovers.add(checkpoint);
            try (SampleFile samples = SampleFile.open(rows)) {
                steps += train(engine, samples, member, checkpoint, networks);
            }
        }
        leftovers.add(folder);
        byte[] model = DemandOnnx.write(networks);
        return new TrainedModel(
                model,
                DemandParity.difference(networks, model, engine, recipe.seed()),
                DemandSchema.VERSION,
                DemandSchema.HASH,
                String.format(
                        "%d x MLP %d-%d-%d-%d%s",
                        recipe.members(),
                        DemandSchema.FEATURES,
                        recipe.firstWidth(),
                        recipe.secondWidth(),
                        FeatureSchema.OUTPUT_COUNT,
                        recipe.recurrentWidth() == 0
                                ? ""
                                : " joined with an LSTM of " + recipe.recurrentWidth()),
                0,
                steps,
                leftovers);
    }

    private void writeRows(Path rows) throws IOException {
        long steps = source.stepCount();
        double share = Math.min(1, recipe.rowsMax() / (double) Math.max(1, steps));
        HoldBack holdBack = source.holdBack(recipe.seed());
        log.printf(
                "%d steps; %.0f %% of the origins are trained on, held back: %s%n",
                steps, 100 * share, holdBack.description());
        DemandSamples.write(source, share, recipe.seed(), holdBack, rows);
    }

    private int train(
            Engine engine,
            SampleFile samples,
            int member,
            Path checkpoint,
            List<DemandWeights> networks)
            throws IOException {
        DemandTrainer trainer =
                new DemandTrainer(
                        engine,
                        samples,
                        recipe.epochs(),
                        source.isShort(),
                        recipe.seed() + 100L * member);
        log.printf(
                "network %d of %d: %d origins, %d held back%n",
                member + 1, recipe.members(), trainer.trainedRows(), trainer.heldRows());
        String mark = recipe.text() + " member " + member;
        DemandTrainer.State kept = Checkpoint.load(checkpoint, mark);
        DemandTrainer.State state =
                kept == null
                        ? trainer.start(
                                recipe.firstWidth(), recipe.secondWidth(), recipe.recurrentWidth())
                        : kept;
        Progress progress =
                new Progress(log, isTerminal(), state.epoch / (double) trainer.epochs());
        networks.add(
                trainer.train(
                        state,
                        recipe.firstWidth(),
                        recipe.secondWidth(),
                        new DemandTrainer.Listener() {
                            @Override
                            public void epochEnded(DemandTrainer.State after, String line)
                                    throws IOException {
                                progress.end();
                                log.println(line);
                                Checkpoint.save(checkpoint, mark, after);
                            }

                            @Override
                            public void progressed(double done, String what) {
                                progress.show(done, what);
                            }
                        }));
        return state.step;
    }

    private static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
}

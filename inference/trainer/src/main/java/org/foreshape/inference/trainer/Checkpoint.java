package org.foreshape.inference.trainer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a training stands at the end of an epoch, so that it goes on there with the same result. A
 * file is written as a whole or not at all, and belongs to one recipe: data, seed and settings.
 */
final class Checkpoint {
    private static final int MAGIC = 0x46534850;

    private Checkpoint() {}

    static void save(Path file, String recipe, DemandTrainer.State state) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(part)))) {
            out.writeInt(MAGIC);
            out.writeUTF(recipe);
            out.writeInt(state.epoch);
            out.writeInt(state.step);
            out.writeInt(state.epochsWithoutGain);
            out.writeDouble(state.bestLoss);
            write(out, state.weights);
            write(out, state.best);
            write(out, state.momentum);
            write(out, state.variance);
            write(out, List.of(state.cellLoss));
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Reads the state back; null when there is none for this recipe. */
    static DemandTrainer.@Nullable State load(Path file, String recipe) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC || !in.readUTF().equals(recipe)) {
                return null;
            }
            DemandTrainer.State state = new DemandTrainer.State();
            state.epoch = in.readInt();
            state.step = in.readInt();
            state.epochsWithoutGain = in.readInt();
            state.bestLoss = in.readDouble();
            state.weights = read(in);
            state.best = read(in);
            state.momentum = read(in);
            state.variance = read(in);
            state.cellLoss = read(in).getFirst();
            return state;
        }
    }

    private static void write(DataOutputStream out, List<float[]> arrays) throws IOException {
        out.writeInt(arrays.size());
        for (float[] values : arrays) {
            out.writeInt(values.length);
            for (float value : values) {
                out.writeFloat(value);
            }
        }
    }

    private static List<float[]> read(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<float[]> arrays = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            float[] values = new float[in.readInt()];
            for (int i = 0; i < values.length; i++) {
                values[i] = in.readFloat();
            }
            arrays.add(values);
        }
        return arrays;
    }
}

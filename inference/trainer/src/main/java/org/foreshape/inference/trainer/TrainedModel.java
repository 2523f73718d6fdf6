package org.foreshape.inference.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A trained model before it is written.
 *
 * @param model bytes of the ONNX file
 * @param difference largest difference between the file's answers and the network's
 * @param schemaVersion of its inputs
 * @param schemaHash of its inputs
 * @param network what it is, for people
 * @param hiddenSize width of its state; 0 without
 * @param steps optimiser steps taken
 * @param leftovers files and folders that are of no use once it is written, inner ones first
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on; compared nowhere.
record TrainedModel(
        byte[] model,
        double difference,
        int schemaVersion,
        String schemaHash,
        String network,
        int hiddenSize,
        int steps,
        List<Path> leftovers) {

    void cleanUp() throws IOException {
        for (Path file : leftovers) {
            Files.deleteIfExists(file);
        }
    }
}

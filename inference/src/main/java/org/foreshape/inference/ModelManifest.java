package org.foreshape.inference;

import java.util.List;
import java.util.Map;

/**
 * What stands beside every model file: what it was made for and how good it was.
 *
 * @param schemaVersion {@link FeatureSchema#VERSION} for a stateful model, {@link
 *     DemandSchema#VERSION} for a feature model
 * @param schemaHash that schema's hash at training
 * @param gridStepSeconds seconds between steps
 * @param network what it is, for people
 * @param hiddenSize width of the LSTM state; 0 for a feature model
 * @param quantiles quantile levels of the outputs, ascending
 * @param horizonSteps horizons in steps, ascending
 * @param historyStepsMin steps a VM must have lived before the model speaks for it
 * @param modelSha256 SHA-256 of the model file, lower-case hexadecimal
 * @param trainingDataSha256 SHA-256 of the training files, by file name
 * @param seed seed of the training
 * @param steps optimiser steps taken
 * @param versions versions of what trained it, by name
 * @param scores validation scores, by forecaster, then by measure
 */
public record ModelManifest(
        int schemaVersion,
        String schemaHash,
        int gridStepSeconds,
        String network,
        int hiddenSize,
        List<Double> quantiles,
        List<Integer> horizonSteps,
        int historyStepsMin,
        String modelSha256,
        Map<String, String> trainingDataSha256,
        long seed,
        int steps,
        Map<String, String> versions,
        Map<String, Map<String, Double>> scores) {}

/**
 * Trains forecasters and writes them as ONNX: {@link org.foreshape.inference.trainer.TrainMain}.
 *
 * <p>Feature networks: traces to rows on disk by the engine's own {@link
 * org.foreshape.inference.DemandFeatures} ({@code DemandSamples}, {@code SampleFile}), training on
 * PyTorch ({@code DemandTrainer}, {@code Checkpoint}), graph ({@code DemandOnnx}), and the check
 * that both answer alike ({@code DemandParity}). The stateful LSTM likewise: {@code
 * TrainingSequence}, {@code LanePool}, {@code LstmTrainer}, {@code OnnxWriter}, {@code Parity}.
 *
 * <p>The module's arrows are checked when it is compiled, but it runs on the class path: the jar
 * with PyTorch's libraries claims a module name that is no Java identifier, so no module path can
 * hold it. {@code foreshape train} starts it as a process of its own. On its first run it unpacks
 * PyTorch (432 MiB) into the folder that {@code DJL_CACHE_DIR} names, else into the user's home.
 */
package org.foreshape.inference.trainer;

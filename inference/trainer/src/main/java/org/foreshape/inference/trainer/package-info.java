/**
 * Trains forecasters and writes them as ONNX: {@link org.foreshape.inference.trainer.TrainMain}.
 *
 * <p>Trace to grid ({@code TraceReader}), grid to inputs and targets by the engine's own {@link
 * org.foreshape.inference.FeatureStore} ({@code TrainingSequence}), batches ({@code LanePool}),
 * network and training on PyTorch ({@code LstmNetwork}, {@code LstmTrainer}), graph ({@code
 * OnnxWriter}), the check that both answer alike ({@code Parity}), and the scores on VMs that were
 * not trained on ({@code Validation}).
 *
 * <p>The module's arrows are checked when it is compiled, but it runs on the class path: the jar
 * with PyTorch's libraries claims a module name that is no Java identifier, so no module path can
 * hold it. {@code OMP_NUM_THREADS=1 nice -n 10 java -Xmx3g --enable-native-access=ALL-UNNAMED
 * --sun-misc-unsafe-memory-access=allow -cp 'target/dist/*'
 * org.foreshape.inference.trainer.TrainMain --trace FILE... --validate FILE --out MODEL.onnx --json
 * FILE [--seed S] [--steps N]}. On its first run it unpacks PyTorch (432 MiB) into the folder that
 * {@code DJL_CACHE_DIR} names, else into the user's home.
 */
package org.foreshape.inference.trainer;

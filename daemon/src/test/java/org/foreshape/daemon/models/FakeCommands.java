package org.foreshape.daemon.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelManifest;
import org.jspecify.annotations.Nullable;

/** Helpers that are lines of shell: what they make is what a test says. */
final class FakeCommands implements HelperCommands {
    private final Path made;
    private final List<List<String>> calls = new ArrayList<>();
    private String training = "";
    private String evaluation = "true";
    private @Nullable String fault;

    /** Trains the shipped model again, and judges it to be much better. */
    FakeCommands(Path folder) throws IOException {
        this.made = Files.createDirectories(folder).resolve("made.onnx");
        make(ForecastModel.shipped().bytes(), ForecastModel.shipped().manifest());
        trainBy(
                "cp "
                        + made
                        + " \"$OUT\".onnx && cp "
                        + folder.resolve("made.json")
                        + " \"$OUT\".json");
        judge(6, 1000, .8, .7, .9);
    }

    private void make(byte[] model, ModelManifest manifest) throws IOException {
        Files.write(made, model);
        Files.write(ForecastModel.manifestOf(made), ManifestJson.write(manifest));
    }

    /** Lets the trainer make a model that no runtime takes. */
    void makeDamaged() throws IOException {
        make(new byte[] {1, 2, 3}, ForecastModel.shipped().manifest());
    }

    /** Lets the trainer make one for another grid step. */
    void makeOfStep(int seconds) throws IOException {
        make(
                ForecastModel.shipped().bytes(),
                OtherModels.manifest(seconds, ForecastModel.shipped().manifest().modelSha256()));
    }

    /** What the trainer does; $OUT is the model's path without its end. */
    synchronized void trainBy(String script) {
        training = script;
    }

    /** What the evaluation does; $REPORT is its report. */
    synchronized void judgeBy(String script) {
        evaluation = script;
    }

    void judge(int vms, int origins, double mean, double low, double high) {
        judgeBy(
                String.format(
                        Locale.ROOT,
                        "echo '{\"groups\":%d,\"origins\":%d,\"first_by_second\":"
                                + "{\"geometric_mean_ratio\":%s,\"low\":%s,\"high\":%s}}'"
                                + " > \"$REPORT\"",
                        vms,
                        origins,
                        mean,
                        low,
                        high));
    }

    synchronized void lackTrainer() {
        fault = "the trainer is not built; build it";
    }

    /** What helpers were called with. */
    synchronized List<List<String>> calls() {
        return List.copyOf(calls);
    }

    @Override
    public synchronized @Nullable String trainerFault() {
        return fault;
    }

    @Override
    public synchronized List<String> trainer(List<String> arguments) {
        calls.add(arguments);
        String out = after(arguments, "--out");
        return List.of("sh", "-c", "OUT=" + out.substring(0, out.length() - 5) + "; " + training);
    }

    @Override
    public synchronized List<String> evaluator(List<String> arguments, Path temporary) {
        calls.add(arguments);
        return List.of("sh", "-c", "REPORT=" + after(arguments, "--json") + "; " + evaluation);
    }

    static String after(List<String> arguments, String option) {
        return arguments.get(arguments.indexOf(option) + 1);
    }
}

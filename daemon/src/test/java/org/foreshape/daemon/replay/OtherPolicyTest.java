package org.foreshape.daemon.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.ForecastModel;
import org.foreshape.shaping.Objective;
import org.foreshape.shaping.ShapingSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherPolicyTest {
    private static final ForecastModel MODEL = ForecastModel.shipped();

    @TempDir Path folder;

    private static RecordedRun run() {
        return new RecordedRun(
                new RunSettings(
                        4,
                        Forecasting.MODEL,
                        MODEL.name(),
                        MODEL.manifest().modelSha256(),
                        300,
                        ShapingSettings.defaults().with("poolKib", 5000)),
                MODEL);
    }

    @Test
    void shouldBeTheRecordedOne() {
        assertThat(OtherPolicy.recorded().of(run())).isEqualTo(run());
        assertThat(OtherPolicy.of(List.of("recorded"), null).of(run())).isEqualTo(run());
        assertThat(OtherPolicy.recorded().keepsTuning()).isTrue();
        assertThat(OtherPolicy.recorded().keepsModel()).isTrue();
    }

    @Test
    void shouldChangeSomeSettingsOfTheRun() {
        OtherPolicy other =
                OtherPolicy.of(
                        List.of("marginPermille=300", "objective=maximize-utilization"), null);
        RecordedRun changed = other.of(run());
        assertThat(changed.settings().shaping())
                .isEqualTo(
                        run().settings()
                                .shaping()
                                .with("marginPermille", 300)
                                .with("objective", Objective.MAXIMIZE_UTILIZATION.name()));
        assertThat(changed.model()).isEqualTo(run().model());
        assertThat(other.keepsTuning()).as("the tuner chose for other settings").isFalse();
        assertThat(other.keepsModel()).isTrue();
    }

    @Test
    void shouldTakeTheSectionOfAConfiguration() throws IOException {
        Path file = folder.resolve("f.yaml");
        Files.writeString(file, "shaping:\n  marginPermille: 300\n");
        RecordedRun changed = OtherPolicy.of(List.of(file.toString(), "poolKib=1"), null).of(run());
        assertThat(changed.settings().shaping())
                .isEqualTo(
                        ShapingSettings.defaults().with("marginPermille", 300).with("poolKib", 1));
    }

    @Test
    void shouldForecastNothingWhereItOnlyReacts() {
        OtherPolicy reactive = OtherPolicy.of(List.of("reactive"), null);
        assertThat(reactive.of(run()).settings().forecasting()).isEqualTo(Forecasting.NONE);
        assertThat(reactive.of(run()).model()).isNull();
        assertThat(reactive.keepsModel()).isFalse();
    }

    @Test
    void shouldForecastByAnotherModel() {
        OtherPolicy plain = OtherPolicy.of(List.of("recorded"), "none");
        assertThat(plain.of(run()).settings().forecasting()).isEqualTo(Forecasting.FALLBACK);
        assertThat(plain.keepsModel()).isFalse();
        assertThat(plain.name()).isEqualTo("recorded, model none");
    }

    @Test
    void shouldSayWhatCannotBe() {
        wrong("lunch", null, "lunch is neither recorded, reactive or static");
        wrong("marginPermile=3", null, "there is no such key; did you mean marginPermille");
        wrong("marginPermille=x", null, "marginPermille cannot be 'x'");
        wrong("marginFloorKib=1", null, "marginFloorKib is 1, must be");
        wrong("static", "none", "static resizes nobody");
        wrong("reactive", "none", "leave --model away");
        wrong("recorded", folder.resolve("none.onnx").toString(), "none.onnx cannot be read");
    }

    private static void wrong(String word, @Nullable String model, String says) {
        assertThatThrownBy(() -> OtherPolicy.of(List.of(word), model))
                .isInstanceOf(Failure.class)
                .hasMessageContaining(says)
                .extracting(e -> ((Failure) e).exitStatus())
                .isEqualTo(2);
    }

    @Test
    void shouldNotGuessAModelThatIsNotThere() {
        RunSettings settings = run().settings();
        String text =
                new RunSettings(4, Forecasting.MODEL, "mine", "abc", 300, settings.shaping())
                        .toText();
        assertThatThrownBy(() -> RecordedRun.of(text, ForecastModel.shipped()))
                .hasMessageContaining("mine")
                .hasMessageContaining("--model");
        assertThatThrownBy(() -> RecordedRun.of("form=99\n", null))
                .hasMessageContaining("another version");
    }
}

package org.foreshape.daemon.replay;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.ShapingKeys;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.engine.ModelSource;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.inference.ForecastModel;
import org.foreshape.shaping.ShapingSettings;
import org.jspecify.annotations.Nullable;

/**
 * A policy to replay a journal under: what of the recorded one is another.
 *
 * @param name what to call it
 * @param law who decides
 * @param changes keys of the shaper's settings with other values
 * @param shaping all settings; null: those of each run
 * @param model the forecaster; null: that of each run
 */
public record OtherPolicy(
        String name,
        Law law,
        Map<String, String> changes,
        @Nullable ShapingSettings shaping,
        @Nullable ModelSource model) {
    /** Who decides. */
    public enum Law {
        /** The engine, as it was recorded. */
        RECORDED,
        /** The reactive law alone. */
        REACTIVE,
        /** Nobody: no VM is resized. */
        STATIC;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Copies the map. */
    public OtherPolicy {
        changes = Map.copyOf(changes);
    }

    /** The policy that the journal was made under, tuner's choices and model swaps included. */
    public static OtherPolicy recorded() {
        return new OtherPolicy(Law.RECORDED.word(), Law.RECORDED, Map.of(), null, null);
    }

    /**
     * Reads what an operator gave.
     *
     * @param words of each: a {@link Law}, {@code KEY=VALUE} of the section {@code shaping:}, or a
     *     configuration file, of which that section counts
     * @param model shipped, none or a file; null: the recorded ones
     * @throws Failure (usage) naming the word that cannot be
     */
    public static OtherPolicy of(List<String> words, @Nullable String model) {
        Map<String, String> changes = new TreeMap<>();
        ShapingSettings shaping = null;
        Law law = Law.RECORDED;
        for (String word : words) {
            int equals = word.indexOf('=');
            Law named = lawOf(word);
            if (named != null) {
                law = named;
            } else if (equals > 0) {
                changes.put(known(word, equals), word.substring(equals + 1));
            } else if (Files.isRegularFile(Path.of(word))) {
                shaping = read(Path.of(word));
            } else {
                throw Failure.usage(
                        "--policy "
                                + word
                                + " is neither recorded, reactive or static, nor KEY=VALUE, nor a"
                                + " configuration file that is there");
            }
        }
        if (law == Law.STATIC && (shaping != null || !changes.isEmpty() || model != null)) {
            throw Failure.usage(
                    "--policy static resizes nobody: it has neither settings nor a model");
        }
        if (law == Law.REACTIVE && model != null) {
            throw Failure.usage("--policy reactive has no forecasts: leave --model away");
        }
        List<String> said = new ArrayList<>(words);
        if (model != null) {
            said.add("model " + model);
        }
        OtherPolicy policy =
                new OtherPolicy(
                        String.join(", ", said),
                        law,
                        changes,
                        shaping,
                        model == null ? null : ModelSource.of(model));
        policy.shapingOf(ShapingSettings.defaults());
        return policy;
    }

    private static @Nullable Law lawOf(String word) {
        for (Law each : Law.values()) {
            if (each.word().equals(word)) {
                return each;
            }
        }
        return null;
    }

    private static String known(String word, int equals) {
        String key = word.substring(0, equals);
        List<String> keys = ShapingKeys.names();
        if (!keys.contains(key)) {
            throw Failure.usage(
                    "--policy " + word + ": there is no such key; " + NearNames.hint(key, keys));
        }
        return key;
    }

    private static ShapingSettings read(Path file) {
        return ConfigReader.read(file, Map.of(), Surroundings.ofThisProcess()).shaping();
    }

    /** Whether what the tuner chose for single VMs holds under it too. */
    boolean keepsTuning() {
        return law == Law.RECORDED && shaping == null && changes.isEmpty();
    }

    /** Whether the models that a run was swapped to decide under it too. */
    boolean keepsModel() {
        return law == Law.RECORDED && model == null;
    }

    /** What decides under it on the events of a run. */
    RecordedRun of(RecordedRun run) {
        RunSettings settings = run.settings();
        ShapingSettings own = shapingOf(settings.shaping());
        if (law != Law.RECORDED) {
            return new RecordedRun(
                    new RunSettings(
                            settings.vmCountMax(),
                            Forecasting.NONE,
                            "",
                            "",
                            settings.gridStepSeconds(),
                            own),
                    null);
        }
        ModelSource named = model;
        if (named != null) {
            return new RecordedRun(
                    named.settings(settings.vmCountMax(), own)
                            .watched(settings.falseAlarmHorizons()),
                    named.model());
        }
        return new RecordedRun(settings.shapedBy(own), run.model());
    }

    private ShapingSettings shapingOf(ShapingSettings recorded) {
        ShapingSettings base = shaping == null ? recorded : shaping;
        try {
            return base.with(changes);
        } catch (IllegalArgumentException e) {
            throw Failure.usage("--policy: " + e.getMessage());
        }
    }

    /** The model that it names, if any. */
    @Nullable ForecastModel namedModel() {
        return model == null ? null : model.model();
    }
}

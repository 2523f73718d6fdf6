package org.foreshape.shaping.tuning;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The text of a {@code TUNED} event: the arm for the epoch that begins, what it was chosen from and
 * with which chances, and what the epoch before cost. With it the journal holds all that the tuner
 * learns from.
 *
 * @param arm for the epoch that begins
 * @param choice how it was chosen
 * @param before what the VM's epoch before cost; null when there was none to be counted
 */
public record TunedText(Arm arm, Tuner.Choice choice, @Nullable EpochCost before) {
    /**
     * One line that {@link Arm#read} and {@link #parse} read.
     *
     * @return words of the form {@code name=number}
     */
    public String toText() {
        Situation from = choice.situation();
        StringJoiner chances = new StringJoiner(",");
        for (double chance : choice.chances()) {
            chances.add(plain(chance));
        }
        StringJoiner words = new StringJoiner(" ");
        words.add(arm.toText())
                .add("arm=" + choice.arm())
                .add("chances=" + chances)
                .add("used-gib=" + plain(from.usedGib()))
                .add("spread-gib=" + plain(from.spreadGib()))
                .add("short-minutes-per-hour=" + plain(from.shortMinutesPerHour()))
                .add("ceiling-gib=" + plain(from.ceilingGib()))
                .add("hour=" + plain(from.hourOfDay()))
                .add("priority=" + from.priority())
                .add("pressure=" + plain(from.pressure()));
        EpochCost cost = before;
        if (cost != null) {
            words.add("slack-gib-hours=" + plain(cost.slackGibHours()))
                    .add("short-minutes=" + plain(cost.shortMinutes()))
                    .add("acts=" + plain(cost.acts()));
        }
        return words.toString();
    }

    /** Exact: what is read back is what was written. */
    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /**
     * Reads it back.
     *
     * @param text as {@link #toText} writes it
     * @return the same, bit for bit
     * @throws IllegalArgumentException naming what is missing or no number
     */
    public static TunedText parse(String text) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        Arm arm =
                new Arm(
                        whole(words, "price"),
                        whole(words, "margin"),
                        whole(words, "lead"),
                        whole(words, "pace"));
        String[] parts = word(words, "chances").split(",", -1);
        List<Double> chances = new ArrayList<>(parts.length);
        for (String part : parts) {
            chances.add(number("chances", part));
        }
        int index = whole(words, "arm");
        if (index < 0 || index >= chances.size()) {
            throw new IllegalArgumentException("arm is " + index + " of " + chances.size());
        }
        Situation from =
                new Situation(
                        number(words, "used-gib"),
                        number(words, "spread-gib"),
                        number(words, "short-minutes-per-hour"),
                        number(words, "ceiling-gib"),
                        number(words, "hour"),
                        whole(words, "priority"),
                        number(words, "pressure"));
        EpochCost before =
                words.containsKey("slack-gib-hours")
                        ? new EpochCost(
                                number(words, "slack-gib-hours"),
                                number(words, "short-minutes"),
                                number(words, "acts"))
                        : null;
        return new TunedText(arm, new Tuner.Choice(from, index, chances), before);
    }

    private static String word(Map<String, String> words, String name) {
        String word = words.get(name);
        if (word == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return word;
    }

    private static int whole(Map<String, String> words, String name) {
        return (int) number(words, name);
    }

    private static double number(Map<String, String> words, String name) {
        return number(name, word(words, name));
    }

    private static double number(String name, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s is '%s', must be a number", name, text), e);
        }
    }
}

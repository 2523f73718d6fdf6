package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether `replay --policy` foretells another policy. For each seed the demo runs twice on the same
 * demand, under the usual policy and under another one; what the first journal says of the other
 * policy is compared with what the second journal measured. The commands are those of an operator.
 */
final class WhatIfBenchmark implements Benchmark {
    /** Not those on which the bounds were chosen, 1 to 10 and 101 to 112. */
    private static final int FIRST_SEED = 201;

    private static final int SEEDS = 20;
    private static final int QUICK_SEEDS = 3;
    private static final int VM_COUNT = 16;
    private static final int WALL_S = 30;
    private static final double SPEED = 120;

    /** Guests of the demo stand still before they begin. */
    private static final int SETTLE_WALL_S = 6;

    /** Much less slack for much more risk. */
    private static final List<String> OTHER =
            List.of("shortMinutePriceMilliGibHours=1000", "marginPermille=200");

    private static final List<String> FIGURES =
            List.of("cost_gib_hours", "slack_gib_hours", "starved_minutes", "acts");

    private double speed = SPEED;

    @Override
    public String name() {
        return "what-if";
    }

    @Override
    public String purpose() {
        return "what a journal says of another policy against what that policy then did";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public void speed(double newSpeed) {
        speed = newSpeed;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        Result result = new Result("what-if");
        int seeds = quick ? QUICK_SEEDS : SEEDS;
        result.fact("guests", VM_COUNT);
        result.fact("seconds of a run", WALL_S);
        result.fact("seconds of guests' time in a second", speed);
        result.fact("other policy", String.join(", ", OTHER));
        Map<String, Column> columns = new TreeMap<>();
        double[] realTimes = new double[seeds];
        for (int i = 0; i < seeds; i++) {
            Path folder = Files.createTempDirectory("foreshape-what-if");
            try {
                realTimes[i] =
                        measure(
                                FIRST_SEED + i,
                                folder,
                                figure -> columns.computeIfAbsent(figure, key -> new Column(seeds)),
                                i);
            } finally {
                Folders.delete(folder);
            }
        }
        result.add("replay, times real time, three lives", realTimes);
        for (String figure : FIGURES) {
            Column column = columns.computeIfAbsent(figure, key -> new Column(seeds));
            result.add(figure + ": usual policy, measured", column.usual);
            result.add(figure + ": other policy, measured", column.other);
            result.add(figure + ": estimate by measured", column.ratio);
            result.add(figure + ": half width of the bounds by measured", column.width);
            int least = (int) Math.ceil(.9 * seeds);
            if (figure.equals(FIGURES.getFirst())) {
                result.wantAtLeast(
                        figure + ": within its bounds, of " + seeds, column.within, least);
            } else {
                result.fact(figure + ": within its bounds, of " + seeds, column.within);
            }
        }
        return result;
    }

    /** One figure over the seeds. */
    private static final class Column {
        final double[] usual;
        final double[] other;
        final double[] ratio;
        final double[] width;
        int within;

        Column(int seeds) {
            usual = new double[seeds];
            other = new double[seeds];
            ratio = new double[seeds];
            width = new double[seeds];
        }
    }

    private double measure(int seed, Path folder, Function<String, Column> columns, int at)
            throws IOException, InterruptedException {
        Path usual = folder.resolve("usual");
        Path other = folder.resolve("other");
        demo(seed, usual, List.of());
        demo(seed, other, OTHER);
        JsonNode told = replay(usual, OTHER, folder.resolve("told.json"));
        JsonNode was = replay(other, List.of("recorded"), folder.resolve("was.json")).path("all");
        for (String figure : FIGURES) {
            JsonNode estimate = told.path("all").path(figure);
            double measured =
                    figure.equals("cost_gib_hours")
                            ? cost(told, was)
                            : was.path(figure).path("measured").asDouble();
            double low = estimate.path("low").asDouble(Double.NaN);
            double high = estimate.path("high").asDouble(Double.NaN);
            Column column = columns.apply(figure);
            column.usual[at] = estimate.path("measured").asDouble();
            column.other[at] = measured;
            column.ratio[at] = estimate.path("estimate").asDouble() / measured;
            column.width[at] = (high - low) / 2 / measured;
            column.within += measured >= low && measured <= high ? 1 : 0;
            System.out.printf(
                    Locale.ROOT,
                    "seed %d %s: usual %.3f; other %.3f, told %.3f to %.3f%n",
                    seed,
                    figure,
                    column.usual[at],
                    measured,
                    low,
                    high);
        }
        return told.path("hours").asDouble() * 3600 / told.path("seconds").asDouble();
    }

    /** What the other run cost at the prices of the usual policy. */
    private static double cost(JsonNode told, JsonNode was) {
        return was.path("slack_gib_hours").path("measured").asDouble()
                + told.path("short_minute_price_gib_hours").asDouble()
                        * was.path("starved_minutes").path("measured").asDouble()
                + told.path("act_price_gib_hours").asDouble()
                        * was.path("acts").path("measured").asDouble();
    }

    private void demo(int seed, Path journal, List<String> settings)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "demo",
                                "--seconds",
                                Integer.toString(WALL_S),
                                "--vms",
                                Integer.toString(VM_COUNT),
                                "--speed",
                                Double.toString(speed),
                                "--seed",
                                Integer.toString(seed),
                                "--journal",
                                journal.toString()));
        settings.forEach(setting -> command.addAll(List.of("--set", setting)));
        run(command);
    }

    private JsonNode replay(Path journal, List<String> policy, Path json)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "replay",
                                "--journal",
                                journal.toString(),
                                "--from-seconds",
                                Long.toString(Math.round(SETTLE_WALL_S * speed)),
                                "--json",
                                json.toString()));
        policy.forEach(word -> command.addAll(List.of("--policy", word)));
        run(command);
        return JsonMapper.shared().readTree(Files.readString(json));
    }

    private static void run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(DaemonProcess.javaCommand());
        command.addAll(arguments);
        Path said = Files.createTempFile("foreshape-what-if", ".txt");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(said.toFile())
                            .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(
                        String.join(" ", arguments) + " failed:\n" + Files.readString(said));
            }
        } finally {
            Files.deleteIfExists(said);
        }
    }
}

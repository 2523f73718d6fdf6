package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.tune.TunerPast;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalState;
import org.foreshape.shaping.tuning.Arm;
import org.foreshape.shaping.tuning.OffPolicyValue;
import org.foreshape.shaping.tuning.OffPolicyValue.Estimate;
import org.foreshape.shaping.tuning.Tuner;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape tuner}. */
@Command(
        name = "tuner",
        description =
                "Estimates from a journal what each of the tuner's arms would have cost had every"
                        + " VM kept it, with 95 %% bounds, against what the epochs did cost.")
final class TunerCommand implements Callable<Integer> {
    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    /** What is known of one arm. */
    private record Judged(Arm arm, int times, OffPolicyValue value) {}

    @Override
    public Integer call() {
        TunerPast past = new TunerPast();
        place.open().close();
        try {
            JournalState.read(place.directory(), past::take);
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
        Config config = ConfigReader.read(place.config, Map.of(), Surroundings.ofThisProcess());
        TunerSettings configured = config.tuner();
        TunerSettings settings = configured != null ? configured : TunerSettings.DEFAULTS;
        Tuner tuner = new Tuner(settings, 0);
        List<TunerPast.Epoch> epochs =
                past.epochs().stream()
                        .filter(e -> e.choice().chances().size() == tuner.arms().size())
                        .toList();
        Judged[] arms = new Judged[tuner.arms().size()];
        double cost = judge(tuner, epochs, arms);
        print(epochs.size(), past.epochs().size() - epochs.size(), cost, arms);
        OutputFile.write(json, toJson(epochs.size(), cost, arms));
        return ExitStatus.DONE;
    }

    /** Judges every arm on every epoch before it is learnt from; returns the mean cost. */
    private static double judge(Tuner tuner, List<TunerPast.Epoch> epochs, Judged[] arms) {
        int[] times = new int[arms.length];
        OffPolicyValue[] values = new OffPolicyValue[arms.length];
        for (int arm = 0; arm < arms.length; arm++) {
            values[arm] = new OffPolicyValue();
        }
        double sum = 0;
        for (TunerPast.Epoch epoch : epochs) {
            Tuner.Choice choice = epoch.choice();
            double cost = tuner.cost(epoch.cost());
            double expected = tuner.expectedCost(choice.situation(), choice.arm());
            for (int arm = 0; arm < arms.length; arm++) {
                values[arm].add(
                        choice.chance(),
                        arm == choice.arm() ? 1 : 0,
                        cost,
                        expected,
                        tuner.expectedCost(choice.situation(), arm));
            }
            times[choice.arm()]++;
            sum += cost;
            tuner.learn(choice, epoch.cost());
        }
        for (int arm = 0; arm < arms.length; arm++) {
            arms[arm] = new Judged(tuner.arms().get(arm), times[arm], values[arm]);
        }
        return sum / epochs.size();
    }

    private void print(int count, int leftOut, double cost, Judged[] arms) {
        PrintWriter out = spec.commandLine().getOut();
        if (count == 0) {
            out.println(
                    "no epoch in this journal: the tuner was off (tuner.mode), or no epoch has"
                            + " ended yet");
            return;
        }
        out.printf(Locale.ROOT, "%d epochs, which cost %.4f GiB h each%n", count, cost);
        if (leftOut > 0) {
            out.printf("%d more were chosen from other arms and are left out%n", leftOut);
        }
        Table table =
                new Table(
                        "arm (permille)",
                        "times",
                        "doubly robust",
                        "from",
                        "to",
                        "self-normalised",
                        "surely better");
        for (Judged each : arms) {
            Estimate robust = each.value().doublyRobust();
            table.row(
                    each.arm().toText(),
                    Integer.toString(each.times()),
                    figure(robust.mean()),
                    figure(robust.low()),
                    figure(robust.high()),
                    figure(each.value().selfNormalised().mean()),
                    each.value().isBetter() ? "yes" : "no");
        }
        table.print(out);
    }

    private static String figure(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "-";
    }

    private static ObjectNode toJson(int count, double cost, Judged[] arms) {
        ObjectNode node = Json.object();
        node.put("epochs", count);
        put(node, "cost_gib_hours", cost);
        ArrayNode list = node.putArray("arms");
        for (Judged each : arms) {
            ObjectNode arm = list.addObject();
            arm.put("arm", each.arm().toText());
            arm.put("times", each.times());
            put(arm, "inverse_chances", each.value().byInverseChances());
            put(arm, "self_normalised", each.value().selfNormalised());
            put(arm, "doubly_robust", each.value().doublyRobust());
            put(arm, "difference", each.value().doublyRobustDifference());
            arm.put("surely_better", each.value().isBetter());
        }
        return node;
    }

    private static void put(ObjectNode to, String name, Estimate estimate) {
        ObjectNode node = to.putObject(name);
        put(node, "mean", estimate.mean());
        put(node, "low", estimate.low());
        put(node, "high", estimate.high());
    }

    /** JSON has no infinite numbers: null stands for what is not known. */
    private static void put(ObjectNode to, String name, double value) {
        if (Double.isFinite(value)) {
            to.put(name, value);
        } else {
            to.putNull(name);
        }
    }
}

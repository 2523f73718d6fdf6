package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.foreshape.inference.trace.VmGroups;
import org.foreshape.shaping.baseline.Baselines;
import org.foreshape.shaping.simulation.DemandTrace;
import org.foreshape.shaping.simulation.Frontier;
import org.foreshape.shaping.simulation.GroupDraws;
import org.foreshape.shaping.simulation.GroupDraws.Interval;
import org.foreshape.shaping.simulation.Measure;
import org.foreshape.shaping.simulation.Score;

/** Every policy at every setting of its own knob, and how their frontiers compare. One thread. */
public final class Sweep {
    /** Shortfalls at which slack is compared: shares of VM-time, then of demand. */
    private static final List<Level> LEVELS =
            List.of(
                    new Level(Measure.VM_TIME, .0005),
                    new Level(Measure.VM_TIME, .001),
                    new Level(Measure.VM_TIME, .002),
                    new Level(Measure.DEMAND, .001));

    private final List<Setting> settings = new ArrayList<>();
    private final GroupDraws draws;
    private final double[] ones;

    /**
     * A shortfall at which slack is compared.
     *
     * @param measure what it is counted in
     * @param share how much of it
     */
    public record Level(Measure measure, double share) {}

    /**
     * A policy at a setting of its knob.
     *
     * @param policy its name
     * @param knob the setting
     * @param score what came of it
     */
    public record Setting(String policy, String knob, Score score) {}

    /**
     * A policy at a level.
     *
     * @param policy its name
     * @param level the level
     * @param slack GiB h that it needs there
     * @param slackRatio by what the peers need there
     * @param shortfallRatio its shortfall by the peers' where it has the slack that they need there
     */
    public record Comparison(
            String policy,
            Level level,
            Interval slack,
            Interval slackRatio,
            Interval shortfallRatio) {}

    /** A sweep without a setting yet; VMs of a group are drawn together. */
    public Sweep(DemandTrace trace, VmGroups groups) {
        List<String> groupOfVm = new ArrayList<>();
        for (int vm = 0; vm < trace.vmCount(); vm++) {
            groupOfVm.add(groups.groupOf(trace.name(vm)));
        }
        draws = new GroupDraws(groupOfVm);
        ones = new double[trace.vmCount()];
        Arrays.fill(ones, 1);
    }

    /** Adds a setting. */
    public void add(Setting setting) {
        settings.add(setting);
    }

    /** All settings, in the order in which they were added. */
    public List<Setting> settings() {
        return List.copyOf(settings);
    }

    /** How many groups the intervals are drawn from. */
    public int groupCount() {
        return draws.groupCount();
    }

    /** Slack of a setting, GiB h. */
    public Interval slack(Setting setting) {
        return draws.interval(weight -> Measure.slack(setting.score(), weight));
    }

    /** Shortfall of a setting, as a share. */
    public Interval share(Setting setting, Measure measure) {
        return draws.interval(weight -> measure.share(setting.score(), weight));
    }

    /** The frontier of one policy, all VMs alike. */
    public Frontier frontier(String policy, Measure measure) {
        return Frontier.of(scores(List.of(policy)), measure, ones);
    }

    /** Whether no other setting of the same policy has less of both. */
    public boolean onFrontier(Setting setting, Measure measure) {
        Frontier.Point own =
                new Frontier.Point(
                        measure.share(setting.score(), ones), Measure.slack(setting.score(), ones));
        return frontier(setting.policy(), measure).points().contains(own);
    }

    /** Every policy at every level; peers are compared with all peers together. */
    public List<Comparison> compare() {
        List<String> policies = settings.stream().map(Setting::policy).distinct().toList();
        List<Score> peers = scores(Baselines.peers());
        List<Comparison> found = new ArrayList<>();
        for (Level level : LEVELS) {
            for (String policy : policies) {
                found.add(compare(policy, scores(List.of(policy)), peers, level));
            }
        }
        return found;
    }

    private Comparison compare(String policy, List<Score> own, List<Score> peers, Level level) {
        Measure measure = level.measure();
        return new Comparison(
                policy,
                level,
                draws.interval(weight -> Frontier.of(own, measure, weight).slackAt(level.share())),
                draws.interval(weight ->
                        Frontier.of(own, measure, weight).slackAt(level.share())
                                / Frontier.of(peers, measure, weight).slackAt(level.share())),
                draws.interval(weight ->
                        Frontier.of(own, measure, weight)
                                        .shareAt(
                                                Frontier.of(peers, measure, weight)
                                                        .slackAt(level.share()))
                                / level.share()));
    }

    private List<Score> scores(List<String> policies) {
        return settings.stream()
                .filter(setting -> policies.contains(setting.policy()))
                .map(Setting::score)
                .toList();
    }
}

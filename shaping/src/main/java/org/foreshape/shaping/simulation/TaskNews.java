package org.foreshape.shaping.simulation;

import java.util.Comparator;
import java.util.List;

/** Tells a policy of tasks as time goes by, and scores what their starts met. One thread. */
final class TaskNews {
    /** Sub-steps of the first minute. */
    private static final int FIRST_SUB_STEPS = 60 / Span.SUB_STEP_SECONDS;

    private final List<AnnouncedTask> byAnnouncement;
    private final List<AnnouncedTask> byStart;
    private final List<AnnouncedTask> byEnd;
    private int announced;
    private int started;
    private int finished;
    private int scoredFrom;

    TaskNews(Demand demand) {
        // Equal times are told in the order of the input.
        byAnnouncement = sorted(demand, Comparator.comparingLong(AnnouncedTask::announceSeconds));
        byStart = sorted(demand, Comparator.comparingLong(AnnouncedTask::startSubStep));
        byEnd = sorted(demand, Comparator.comparingLong(AnnouncedTask::endSubStep));
    }

    /** Tasks that end before the simulation begins are history that nobody tells. */
    private static List<AnnouncedTask> sorted(Demand demand, Comparator<AnnouncedTask> order) {
        long first = demand.span().subStep(demand.span().firstSample());
        return demand.tasks().stream()
                .filter(task -> task.endSubStep() > first)
                .sorted(order)
                .toList();
    }

    void tell(long now, Policy policy, Look look) {
        long seconds = now * Span.SUB_STEP_SECONDS;
        while (announced < byAnnouncement.size()
                && byAnnouncement.get(announced).announceSeconds() <= seconds) {
            policy.announced(look, byAnnouncement.get(announced++));
        }
        while (started < byStart.size() && byStart.get(started).startSubStep() < now) {
            policy.started(look, byStart.get(started++));
        }
        while (finished < byEnd.size() && byEnd.get(finished).endSubStep() < now) {
            policy.finished(look, byEnd.get(finished++));
        }
    }

    void score(long now, boolean[] there, double[] allocationMib, double[] need, Score score) {
        while (scoredFrom < byStart.size()
                && byStart.get(scoredFrom).startSubStep() + FIRST_SUB_STEPS <= now) {
            scoredFrom++;
        }
        for (int k = scoredFrom; k < byStart.size(); k++) {
            AnnouncedTask task = byStart.get(k);
            if (task.startSubStep() > now) {
                return;
            }
            if (there[task.vm()]) {
                if (task.startSubStep() == now) {
                    score.addTaskStart();
                }
                score.addTaskStartSubStep(allocationMib[task.vm()], need[task.vm()]);
            }
        }
    }
}

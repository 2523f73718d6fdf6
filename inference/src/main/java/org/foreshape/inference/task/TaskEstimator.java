package org.foreshape.inference.task;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.foreshape.ring.event.Quantiles;

/**
 * What a task will need, learnt online from finished tasks of its type, its family and all
 * together.
 *
 * <p>Each figure follows two laws: one in complexity and priority, and one in the request as well.
 * Where a request is told, the law with less pinball loss on past tasks of the type speaks. The
 * quantiles are those of the laws' past errors ({@link ScorePools}). A type that never finished is
 * taken for one of its family, or for any. After the first finished task of all, every quantile is
 * what that task used.
 *
 * <p>Limits: {@value TypeTree#TYPES_MAX} types and {@value TypeTree#FAMILIES_MAX} families; the
 * tasks of further types teach nothing and are counted. No clock, no chance: the same tasks in the
 * same order give the same bits. Nothing but {@link #snapshot()} allocates after construction. One
 * thread.
 */
public final class TaskEstimator {
    private static final double COMPLEXITY_MAX = 1000;
    private static final int PRIORITY_MAX = 9;
    private static final double TYPE_KEEP = .97;
    private static final double GROUP_KEEP = .995;
    private static final double FAMILY_SHARE = .1;
    private static final double ALL_SHARE = .01;

    /** Figures beyond it are taken for nonsense, whatever their unit. */
    private static final double FIGURE_MAX = 1e18;

    private static final TaskResource[] RESOURCES = TaskResource.values();

    private final TypeTree tree = new TypeTree();
    private final TypeLaws[] plain = new TypeLaws[TaskResource.COUNT];
    private final TypeLaws[] asked = new TypeLaws[TaskResource.COUNT];
    private final ScorePools[] plainScores = new ScorePools[TaskResource.COUNT];
    private final ScorePools[] askedScores = new ScorePools[TaskResource.COUNT];

    /** By how much the law with the request has lost less of late, by resource and node. */
    private final double[] gain = new double[TaskResource.COUNT * TypeTree.NODES];

    private final long[] finished = new long[TaskResource.COUNT * TypeTree.NODES];
    private final double[] x = new double[TypeLaws.TRAITS];
    private final double[] scores = new double[Quantiles.COUNT];
    private long refusedCount;
    private long changeCount;

    /** An estimator that has seen nothing. */
    public TaskEstimator() {
        for (int r = 0; r < TaskResource.COUNT; r++) {
            plain[r] = new TypeLaws(tree, 1, 0, 0);
            asked[r] = new TypeLaws(tree, 0, 0, 1);
            plainScores[r] = new ScorePools();
            askedScores[r] = new ScorePools();
        }
    }

    /**
     * Figures and traits that were refused or read as something else: an actual that is negative,
     * infinite or beyond 1e18, a complexity that is not positive or beyond 1000 or below .001, a
     * priority outside 0 to 9.
     */
    public long refusedCount() {
        return refusedCount;
    }

    /** Finished tasks whose type found no place. */
    public long typesRefusedCount() {
        return tree.refusedCount();
    }

    /**
     * Writes what a task will need, at the levels of {@link Quantiles}.
     *
     * @param task its type, complexity, priority and requests
     * @param resource which figure
     * @param out at least {@link Quantiles#COUNT} places; ascending, in the resource's unit
     * @return false, with nothing written, when no task ever finished with this figure
     */
    public boolean estimate(TaskTraits task, TaskResource resource, double[] out) {
        int r = resource.ordinal();
        int node = tree.find(task.type);
        boolean byRequest = isTold(task.requested[r]) && prefersRequest(r, node);
        TypeLaws law = byRequest ? asked[r] : plain[r];
        if (!law.fit(node)) {
            return false;
        }
        describe(task, r, byRequest);
        double centre = law.at(x);
        scores(r, byRequest, node);
        for (int q = 0; q < Quantiles.COUNT; q++) {
            // Far from all that was seen a line may leave the range of numbers.
            out[q] = Math.min(StrictMath.exp(centre + law.offset(scores, q)), FIGURE_MAX);
        }
        return true;
    }

    /**
     * Finished tasks from which a type's figure was learnt; those of its family or of all where the
     * type is not known.
     *
     * @param task its type
     * @param resource which figure
     */
    public long sampleCount(TaskTraits task, TaskResource resource) {
        return finished[resource.ordinal() * TypeTree.NODES + tree.find(task.type)];
    }

    /**
     * Learns from a finished task. A figure that is not known is passed over.
     *
     * @param task its traits, requests and actual figures
     */
    public void learn(TaskTraits task) {
        boolean any = false;
        for (double actual : task.actual) {
            if (!Double.isNaN(actual) && !isFigure(actual)) {
                refusedCount++;
            }
            any |= isFigure(actual);
        }
        if (!any) {
            return;
        }
        if (!(task.complexity >= 1 / COMPLEXITY_MAX && task.complexity <= COMPLEXITY_MAX)
                || task.priority < 0
                || task.priority > PRIORITY_MAX) {
            refusedCount++;
        }
        int node = tree.place(task.type);
        if (!TypeTree.isType(node)) {
            return;
        }
        changeCount++;
        for (int r = 0; r < TaskResource.COUNT; r++) {
            if (isFigure(task.actual[r])) {
                learn(task, r, node);
            }
        }
    }

    private void learn(TaskTraits task, int r, int node) {
        int at = r * TypeTree.NODES;
        int family = tree.parent(node);
        finished[at + node]++;
        finished[at]++;
        if (family != TypeTree.ALL) {
            finished[at + family]++;
        }
        double plainLoss = learn(task, r, false, node);
        if (!isTold(task.requested[r])) {
            return;
        }
        double less = plainLoss - learn(task, r, true, node);
        if (!Double.isNaN(less)) {
            gain[at + node] = TYPE_KEEP * gain[at + node] + less;
            if (family != TypeTree.ALL) {
                gain[at + family] = GROUP_KEEP * gain[at + family] + less;
            }
            gain[at] = GROUP_KEEP * gain[at] + less;
        }
    }

    /** Returns the pinball loss of the law before it learns; NaN when it had not seen the type. */
    private double learn(TaskTraits task, int r, boolean byRequest, int node) {
        TypeLaws law = byRequest ? asked[r] : plain[r];
        law.fit(node);
        describe(task, r, byRequest);
        double y = StrictMath.log(Math.max(task.actual[r], RESOURCES[r].least()));
        double loss = Double.NaN;
        if (law.count(node) > 0) {
            scores(r, byRequest, node);
            loss = 0;
            double centre = law.at(x);
            for (int q = 0; q < Quantiles.COUNT; q++) {
                double above = y - centre - law.offset(scores, q);
                loss += above * (above > 0 ? Quantiles.level(q) : Quantiles.level(q) - 1);
            }
        }
        double score = law.learn(node, x, y);
        if (!Double.isNaN(score)) {
            (byRequest ? askedScores[r] : plainScores[r]).add(node, tree.parent(node), score);
        }
        return loss;
    }

    /** How often something was learnt or taken back: whether a saved state is still the newest. */
    public long changeCount() {
        return changeCount;
    }

    /** Most bytes that {@link #save} writes. */
    public int savedBytesMax() {
        int perResource =
                2
                        + TypeTree.NODES * 2 * (Double.BYTES + TypeLaws.SAVED_BYTES)
                        + plainScores[0].savedBytesMax()
                        + askedScores[0].savedBytesMax();
        return TypeTree.SAVED_BYTES_MAX + TaskResource.COUNT * perResource;
    }

    /**
     * Writes the whole state but for counts of what was refused. Allocates nothing.
     *
     * @param out little endian, with room for {@link #savedBytesMax}; at its position
     */
    public void save(ByteBuffer out) {
        tree.save(out);
        for (int r = 0; r < TaskResource.COUNT; r++) {
            boolean seen = plain[r].count(TypeTree.ALL) > 0;
            boolean requested = asked[r].count(TypeTree.ALL) > 0;
            out.put((byte) (seen ? 1 : 0)).put((byte) (requested ? 1 : 0));
            if (!seen) {
                continue;
            }
            for (int k = 0; k < tree.nodeCount(); k++) {
                int node = tree.node(k);
                out.putLong(finished[r * TypeTree.NODES + node]);
                out.putDouble(gain[r * TypeTree.NODES + node]);
                plain[r].save(node, out);
                plainScores[r].save(node, out);
                if (requested) {
                    asked[r].save(node, out);
                    askedScores[r].save(node, out);
                }
            }
        }
    }

    /**
     * Takes back what {@link #save} wrote, in place of all that was known. It allocates nothing.
     *
     * @param in little endian; from its position to its limit
     * @throws IllegalArgumentException for what no estimator wrote; nothing is known then
     */
    public void restore(ByteBuffer in) {
        clear();
        try {
            read(in);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            clear();
            throw new IllegalArgumentException(
                    "A saved task estimator cannot be read ("
                            + (e instanceof BufferUnderflowException
                                    ? "it ends too early"
                                    : e.getMessage())
                            + "): start without it.",
                    e);
        }
    }

    private void read(ByteBuffer in) {
        tree.restore(in);
        for (int r = 0; r < TaskResource.COUNT; r++) {
            boolean seen = in.get() != 0;
            boolean requested = in.get() != 0;
            for (int k = 0; seen && k < tree.nodeCount(); k++) {
                int node = tree.node(k);
                long tasks = in.getLong();
                if (tasks < 0) {
                    throw new IllegalArgumentException(tasks + " finished tasks");
                }
                finished[r * TypeTree.NODES + node] = tasks;
                gain[r * TypeTree.NODES + node] = TypeLaws.figure(in);
                plain[r].restore(node, in);
                plainScores[r].restore(node, in);
                if (requested) {
                    asked[r].restore(node, in);
                    askedScores[r].restore(node, in);
                }
            }
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes are left over");
        }
    }

    private void clear() {
        changeCount++;
        tree.clear();
        Arrays.fill(finished, 0);
        Arrays.fill(gain, 0);
        for (int r = 0; r < TaskResource.COUNT; r++) {
            plain[r].clear();
            asked[r].clear();
            plainScores[r].clear();
            askedScores[r].clear();
        }
    }

    /**
     * What is known by now, for any thread and any time later. Allocates: not for the way from
     * sample to plan.
     */
    public TaskMap snapshot() {
        List<TaskMap.Entry> entries = new ArrayList<>();
        add(entries, TypeTree.ALL);
        for (int f = 1; f <= tree.familyCount(); f++) {
            add(entries, f);
        }
        for (int t = 0; t < tree.typeCount(); t++) {
            add(entries, TypeTree.FIRST_TYPE + t);
        }
        return new TaskMap(entries);
    }

    private void add(List<TaskMap.Entry> entries, int node) {
        for (int r = 0; r < TaskResource.COUNT; r++) {
            TypeLaws law = plain[r];
            if (finished[r * TypeTree.NODES + node] > 0 && law.fit(node)) {
                scores(r, false, node);
                List<Double> offsets = new ArrayList<>();
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    offsets.add(law.offset(scores, q));
                }
                entries.add(
                        new TaskMap.Entry(
                                TypeTree.levelOf(node),
                                tree.name(node),
                                RESOURCES[r],
                                finished[r * TypeTree.NODES + node],
                                law.intercept,
                                law.slope[0],
                                law.slope[1],
                                offsets));
            }
        }
    }

    private void scores(int r, boolean byRequest, int node) {
        int family = TypeTree.isType(node) ? tree.parent(node) : node;
        (byRequest ? askedScores[r] : plainScores[r]).quantiles(node, family, scores);
    }

    private boolean prefersRequest(int r, int node) {
        int at = r * TypeTree.NODES;
        int family = TypeTree.isType(node) ? tree.parent(node) : node;
        double sum = gain[at + node] + FAMILY_SHARE * gain[at + family] + ALL_SHARE * gain[at];
        return sum > 0 && asked[r].count(TypeTree.ALL) > 0;
    }

    private void describe(TaskTraits task, int r, boolean byRequest) {
        x[0] = logComplexity(task.complexity);
        x[1] = priorityPart(task.priority);
        x[2] = byRequest ? StrictMath.log(Math.max(task.requested[r], RESOURCES[r].least())) : 0;
    }

    static double logComplexity(double complexity) {
        return complexity > 0
                ? StrictMath.log(Math.clamp(complexity, 1 / COMPLEXITY_MAX, COMPLEXITY_MAX))
                : 0;
    }

    static double priorityPart(int priority) {
        return Math.clamp(priority, 0, PRIORITY_MAX) / (double) PRIORITY_MAX;
    }

    private static boolean isTold(double requested) {
        return requested > 0 && requested <= FIGURE_MAX;
    }

    private static boolean isFigure(double actual) {
        return actual >= 0 && actual <= FIGURE_MAX;
    }
}

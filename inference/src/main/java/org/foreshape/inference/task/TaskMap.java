package org.foreshape.inference.task;

import java.util.List;
import java.util.Optional;
import org.foreshape.ring.event.Quantiles;

/**
 * What an estimator knew at one moment: by type, family and all together, the law of each figure
 * and from how many finished tasks it was learnt. Immutable; any thread.
 *
 * @param entries all that is known: all together first, then families, then types
 */
public record TaskMap(List<Entry> entries) {
    /** Of what an entry tells. */
    public enum Level {
        /** All types together; the name is empty. */
        ALL,
        /** The types of a family. */
        FAMILY,
        /** One type. */
        TYPE
    }

    /**
     * What is known of one figure: its logarithm as a line in a task's traits, with quantiles
     * around it. Requests are not regarded.
     *
     * @param level of what it tells
     * @param name of the type or family; empty for all
     * @param resource which figure
     * @param sampleCount finished tasks from which it was learnt
     * @param intercept the line at complexity 1 and priority 0
     * @param complexitySlope per unit of log complexity
     * @param prioritySlope from priority 0 to 9
     * @param offsets from the line, at the levels of {@link Quantiles}, ascending
     */
    public record Entry(
            Level level,
            String name,
            TaskResource resource,
            long sampleCount,
            double intercept,
            double complexitySlope,
            double prioritySlope,
            List<Double> offsets) {
        /** Copies the offsets. */
        public Entry {
            offsets = List.copyOf(offsets);
        }

        /**
         * A quantile at any level. Between the levels of {@link Quantiles}, and below the least,
         * offsets are taken for straight in the logit of the level; above the greatest they stand.
         *
         * @param p level, more than 0 and less than 1
         * @param complexity of the task; what is not positive counts as 1
         * @param priority 0 to 9; clamped
         * @return in the resource's unit
         */
        public double quantile(double p, double complexity, int priority) {
            return StrictMath.exp(
                    intercept
                            + complexitySlope * TaskEstimator.logComplexity(complexity)
                            + prioritySlope * TaskEstimator.priorityPart(priority)
                            + offset(p));
        }

        private double offset(double p) {
            int above = 1;
            while (above < Quantiles.COUNT - 1 && Quantiles.level(above) < p) {
                above++;
            }
            double low = logit(Quantiles.level(above - 1));
            double high = logit(Quantiles.level(above));
            double part = Math.min((logit(p) - low) / (high - low), 1);
            double below = offsets.get(above - 1);
            return below + part * (offsets.get(above) - below);
        }

        private static double logit(double p) {
            return StrictMath.log(p / (1 - p));
        }
    }

    /** Copies the entries. */
    public TaskMap {
        entries = List.copyOf(entries);
    }

    /**
     * What is known of a type's figure: its own entry, else its family's, else that of all.
     *
     * @param type name of the type
     * @param resource which figure
     * @return empty when no task ever finished with this figure
     */
    public Optional<Entry> find(String type, TaskResource resource) {
        return find(Level.TYPE, type, resource)
                .or(() -> find(Level.FAMILY, familyOf(type), resource))
                .or(() -> find(Level.ALL, "", resource));
    }

    private Optional<Entry> find(Level level, String name, TaskResource resource) {
        return entries.stream()
                .filter(e -> e.level == level && e.resource == resource && e.name.equals(name))
                .findFirst();
    }

    private static String familyOf(String type) {
        return type.split("[-/:]", 2)[0];
    }
}

package org.foreshape.numasculptor.plan;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;
import org.ojalgo.optimisation.Variable;

/**
 * Chooses best among few options of few VMs, all others being fixed: a mixed integer program for
 * ojAlgo's branch and bound. The whole problem would take it minutes; what the bound leaves over
 * takes milliseconds.
 */
final class CoreSolver {
    /** More than this is not tried: ojAlgo looks at the clock between two linear programs only. */
    static final int VARIABLE_COUNT_MAX = 120;

    private final Model model;

    CoreSolver(Model model) {
        this.model = model;
    }

    /**
     * Solves it.
     *
     * @param choice the fixed options of the VMs that have no candidates
     * @param candidates the options of the others; empty or one: fixed
     * @param limitMs how long it may take
     * @return the best choice that it found, null when none in time; {@link CoreProof} tells
     *     whether it is the best
     */
    int @Nullable [] solve(int[] choice, int[][] candidates, long limitMs) {
        var program = new ExpressionsBasedModel();
        program.options.time_abort = limitMs;
        program.options.time_suffice = limitMs;
        Expression[] limits = new Expression[model.resourceCount];
        long[] free = model.capacity.clone();
        for (int vm = 0; vm < model.vmCount; vm++) {
            if (candidates[vm].length < 2) {
                subtract(free, model.usage[vm][choice[vm]]);
            }
        }
        for (int r = 0; r < limits.length; r++) {
            limits[r] = program.newExpression("r" + r).upper(free[r]);
        }
        Variable[][] taken = new Variable[model.vmCount][];
        for (int vm = 0; vm < model.vmCount; vm++) {
            if (candidates[vm].length >= 2) {
                taken[vm] = variables(program, limits, vm, candidates[vm]);
            }
        }
        Optimisation.Result result = program.minimise();
        return result.getState().isFeasible() ? read(choice, candidates, taken) : null;
    }

    private Variable[] variables(
            ExpressionsBasedModel program, Expression[] limits, int vm, int[] options) {
        long least = Arrays.stream(options).mapToLong(o -> model.cost[vm][o]).min().orElseThrow();
        Expression one = program.newExpression("vm" + vm).level(1);
        Variable[] variables = new Variable[options.length];
        for (int i = 0; i < options.length; i++) {
            int option = options[i];
            Variable variable =
                    program.newVariable("x" + vm + "_" + option)
                            .binary()
                            .weight(model.cost[vm][option] - least);
            one.set(variable, 1);
            for (int r = 0; r < limits.length; r++) {
                if (model.usage[vm][option][r] != 0) {
                    limits[r].set(variable, model.usage[vm][option][r]);
                }
            }
            variables[i] = variable;
        }
        return variables;
    }

    private static int[] read(int[] choice, int[][] candidates, Variable[][] taken) {
        int[] read = choice.clone();
        for (int vm = 0; vm < read.length; vm++) {
            if (candidates[vm].length >= 2) {
                for (int i = 0; i < taken[vm].length; i++) {
                    if (taken[vm][i].getValue().doubleValue() > 0.5) {
                        read[vm] = candidates[vm][i];
                    }
                }
            }
        }
        return read;
    }

    private static void subtract(long[] free, long[] usage) {
        for (int r = 0; r < free.length; r++) {
            free[r] -= usage[r];
        }
    }
}

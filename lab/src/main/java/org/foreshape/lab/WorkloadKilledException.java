package org.foreshape.lab;

/**
 * The workload in the guest died before it answered, mostly because the guest's kernel ran out of
 * memory and killed it. The guest's init starts it again within about a second, with no blocks.
 */
public final class WorkloadKilledException extends LabException {
    private static final long serialVersionUID = 1L;

    WorkloadKilledException(String message) {
        super(message);
    }
}

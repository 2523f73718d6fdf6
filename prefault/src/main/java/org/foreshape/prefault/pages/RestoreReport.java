package org.foreshape.prefault.pages;

import java.util.Map;

/**
 * What became of the restore of one guest so far.
 *
 * @param id number of the restore, unique within the keeper or the server
 * @param pid the process that connected; 0 when unknown
 * @param state where it stands
 * @param detail why, in a sentence; empty when there is nothing to tell
 * @param counts what was counted; every counter is there
 * @param serviceP50Us half of the faults were answered within this, in us, from the wake-up of the
 *     server's thread; 0 without faults
 * @param serviceP99Us 99 % of the faults were
 */
public record RestoreReport(
        long id,
        int pid,
        RestoreState state,
        String detail,
        Map<PageCounter, Long> counts,
        double serviceP50Us,
        double serviceP99Us) {
    /**
     * One counter.
     *
     * @param counter which
     * @return its value
     */
    public long count(PageCounter counter) {
        Long value = counts.get(counter);
        return value == null ? 0 : value;
    }
}

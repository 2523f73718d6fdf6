package org.foreshape.journal.export;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** What all scans of a journal have read so far, and what they could not. Any thread. */
final class ScanLog {
    private final LongAdder recordCount = new LongAdder();
    private final Set<String> damage = new LinkedHashSet<>();

    void read() {
        recordCount.increment();
    }

    long recordCount() {
        return recordCount.sum();
    }

    synchronized void damaged(String text) {
        damage.add(text);
    }

    synchronized List<String> damage() {
        return new ArrayList<>(damage);
    }
}

package org.foreshape.daemon.models;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.ForecastModel;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.jspecify.annotations.Nullable;

/** An engine that notes what it is told, and whose time a test sets. */
final class FakeEngine implements ServedEngine, EngineClock {
    private final List<String> told = new ArrayList<>();
    private @Nullable ForecastModel model = ForecastModel.shipped();
    private @Nullable RuntimeException refusal;
    private @Nullable Path journal;
    private long timeNs;

    FakeEngine(@Nullable Path journal, long timeNs) {
        this.journal = journal;
        this.timeNs = timeNs;
    }

    synchronized void advance(long byNs) {
        timeNs += byNs;
    }

    synchronized void workWithout() {
        model = null;
    }

    synchronized void refuse(RuntimeException with) {
        refusal = with;
    }

    /** What it was told so far. */
    synchronized List<String> told() {
        return List.copyOf(told);
    }

    @Override
    public synchronized long timeNs() {
        return timeNs;
    }

    @Override
    public double speed() {
        return 1;
    }

    @Override
    public EngineClock clock() {
        return this;
    }

    @Override
    public synchronized @Nullable ForecastModel model() {
        return model;
    }

    @Override
    public synchronized @Nullable Path journal() {
        return journal;
    }

    @Override
    public synchronized void tell(ControlKind kind, String text) {
        told.add(kind + " " + text);
    }

    @Override
    public synchronized void swap(ForecastModel other) {
        if (refusal != null) {
            throw refusal;
        }
        model = other;
        told.add("swapped to " + other.name());
    }
}

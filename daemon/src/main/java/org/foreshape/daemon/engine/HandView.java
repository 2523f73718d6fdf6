package org.foreshape.daemon.engine;

import java.util.List;
import org.foreshape.daemon.hands.EngineView;
import org.foreshape.daemon.hands.VmSeat;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;

/** What the hands read of the engine: its roster and its board. */
final class HandView implements EngineView {
    private final Roster roster;
    private final SnapshotBoard board;

    HandView(Roster roster, SnapshotBoard board) {
        this.roster = roster;
        this.board = board;
    }

    @Override
    public Tick emptySample() {
        return board.read();
    }

    @Override
    public void latest(Tick into) {
        board.readInto(into);
    }

    @Override
    public List<VmSeat> enforced() {
        return roster.all().stream()
                .filter(vm -> vm.mode() == VmMode.ENFORCE)
                .map(vm -> new VmSeat(vm.slot(), vm.generation(), vm.name()))
                .toList();
    }
}

package org.foreshape.bench;

/** Room marker, replaced by the room itself. */
public final class Room {
    private Room() {}
}

package org.foreshape.inference.trainer;

/** Room marker, replaced by the room itself. */
public final class Room {
    private Room() {}
}

package org.foreshape.hypervisor;

import java.util.UUID;

/**
 * One VM in its slot.
 *
 * @param slot its place in every section, from 0
 * @param generation which VM of this slot it is, from 1
 * @param name its name
 * @param uuid its identity
 */
public record VmRef(int slot, int generation, String name, UUID uuid) {}

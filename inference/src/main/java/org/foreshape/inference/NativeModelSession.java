package org.foreshape.inference;

final class NativeModelSession {}

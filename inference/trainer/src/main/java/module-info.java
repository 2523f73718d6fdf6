import org.jspecify.annotations.NullMarked;

/** Trains forecasters and writes them as ONNX. */
@NullMarked
module org.foreshape.trainer {
    requires static transitive org.jspecify;
    requires org.foreshape.inference;
    requires org.foreshape.journal;
    requires ai.djl.api;
    requires com.google.protobuf;
    requires info.picocli;
    requires org.tribuo.util.onnx;

    exports org.foreshape.inference.trainer;

    opens org.foreshape.inference.trainer to
            info.picocli;
}

"""Small DMN files for tests."""

from xml.sax.saxutils import escape, quoteattr

from engine.decisions import parse

DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def cell(name, text, attributes=""):
    return f"<{name}{attributes}><text>{escape(text)}</text></{name}>"


def column(name, expression, type_ref="", allowed="", label=""):
    values = cell("inputValues", allowed) if allowed else ""
    typed = f" typeRef={quoteattr(type_ref)}" if type_ref else ""
    expression_node = cell("inputExpression", expression, typed)
    return f'<input id="in_{name}" label={quoteattr(label or name)}>{expression_node}{values}</input>'


def answer(name, allowed="", type_ref="", default=""):
    values = cell("outputValues", allowed) if allowed else ""
    values += cell("defaultOutputEntry", default) if default else ""
    typed = f" typeRef={quoteattr(type_ref)}" if type_ref else ""
    named = f" name={quoteattr(name)} label={quoteattr(name)}" if name else ""
    return f'<output id="out_{name}"{named}{typed}>{values}</output>'


def rule(number, inputs, outputs, clause=None, description=""):
    return (
        f'<rule id="rule_{number}">'
        + (f"<description>{escape(description)}</description>" if description else "")
        + "".join(cell("inputEntry", text, f' id="in_{number}_{i}"') for i, text in enumerate(inputs))
        + "".join(cell("outputEntry", text, f' id="out_{number}_{i}"') for i, text in enumerate(outputs))
        + (cell("annotationEntry", clause) if clause is not None else "")
        + "</rule>"
    )


def decision_table(columns, answers, rules, *, policy="UNIQUE", aggregation="", annotations=""):
    collected = f' aggregation="{aggregation}"' if aggregation else ""
    content = "".join([*columns, *answers, annotations, *rules])
    return f'<decisionTable id="table" hitPolicy="{policy}"{collected}>{content}</decisionTable>'


def definitions(*content, namespace=DMN_13):
    return f'<definitions xmlns="{namespace}" id="d" name="d" namespace="n">{"".join(content)}</definitions>'.encode()


def document(*args, namespace=DMN_13, extra="", **kwargs):
    content = f'<decision id="limits" name="时限分类">{extra}{decision_table(*args, **kwargs)}</decision>'
    return definitions(content, namespace=namespace)


def table(*args, **kwargs):
    return parse(document(*args, **kwargs))["limits"]


def requires(*ids, kind="Decision"):
    """informationRequirements, or knowledgeRequirements for kind Knowledge."""
    name = "knowledgeRequirement" if kind == "Knowledge" else "informationRequirement"
    return "".join(f'<{name} id="needs_{one}"><required{kind} href="#{one}"/></{name}>' for one in ids)


def variable(name, type_ref=""):
    return f"<variable name={quoteattr(name)}" + (f" typeRef={quoteattr(type_ref)}" if type_ref else "") + "/>"


def decision(name, content, *, id_=None, before=""):
    return f'<decision id="{id_ or name}" name={quoteattr(name)}>{before}{content}</decision>'


def literal(text, attributes=""):
    return cell("literalExpression", text, attributes)


def input_data(name, type_ref="", id_=None):
    return f'<inputData id="{id_ or name}" name={quoteattr(name)}>{variable(name, type_ref)}</inputData>'


def knowledge(name, parameters, text, before=""):
    formal = "".join(f"<formalParameter name={quoteattr(one)}/>" for one in parameters)
    logic = f"<encapsulatedLogic>{formal}{literal(text)}</encapsulatedLogic>"
    return f'<businessKnowledgeModel id="{name}" name="{name}">{variable(name)}{before}{logic}</businessKnowledgeModel>'


def item_definition(name, type_ref="", allowed="", components=(), collection=False):
    typed = f"<typeRef>{type_ref}</typeRef>" if type_ref else ""
    values = cell("allowedValues", allowed) if allowed else ""
    parts = "".join(
        f'<itemComponent name="{one}"><typeRef>{kind}</typeRef></itemComponent>' for one, kind in components
    )
    many = ' isCollection="true"' if collection else ""
    return f'<itemDefinition name="{name}"{many}>{typed}{values}{parts}</itemDefinition>'

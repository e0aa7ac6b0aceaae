//! What an OpenAPI document consists of, written down from the specifications (2.0, 3.0.4, 3.1.1).
//!
//! A line is an object: its name, then members. `name!` is required. Types: `text`, `uri`, `email`, `bool`, `true`,
//! `int` (≥ 0), `positive`, `number`, `any`, `object`, `(a|b)` one of these texts, `Name` an object, `Name&` that or
//! a reference, `[T]` a list, `[T]+` not empty, `[T]=` without two alike, `{T}` a map, `{/T}` of paths, `{code T}` of
//! status codes, `{name T}` of components, `T/U` either. `*` after the name of an object: it may have more members.
//! `>member` instead of members: the value of that member says which object it is.

use std::collections::HashMap;
use std::sync::OnceLock;

#[derive(Debug)]
pub enum Type {
    Any,
    Text,
    Uri,
    Email,
    Bool,
    True,
    Whole {
        from: i64,
    },
    Number,
    Object,
    Words(Vec<String>),
    Named {
        name: String,
        reference: bool,
    },
    List {
        of: Box<Type>,
        filled: bool,
        unique: bool,
    },
    Map {
        of: Box<Type>,
        keys: Keys,
    },
    Either(Box<Type>, Box<Type>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    Any,
    Paths,
    Codes,
    Names,
}

#[derive(Debug)]
pub struct Member {
    pub of: Type,
    pub required: bool,
}

#[derive(Debug)]
pub enum Object {
    Members {
        members: HashMap<String, Member>,
        open: bool,
    },
    /// By the value of a member; others are no such object.
    Choice {
        member: String,
        of: HashMap<String, String>,
    },
}

pub type Grammar = HashMap<String, Object>;

const COMMON: &str = "
Contact name:text url:uri email:email
License name!:text url:uri
Docs description:text url!:uri
Tag name!:text description:text externalDocs:Docs
Xml name:text namespace:uri prefix:text attribute:bool wrapped:bool
";

const SWAGGER: &str = "
Document swagger!:(2.0) info!:Info host:text basePath:text schemes:[(http|https|ws|wss)]= consumes:[text]= produces:[text]= paths!:{/PathItem} definitions:{Schema} parameters:{Parameter} responses:{Response} securityDefinitions:{SecurityScheme} security:[{[text]=}]= tags:[Tag]= externalDocs:Docs
Info title!:text version!:text description:text termsOfService:text contact:Contact license:License
PathItem $ref:text get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation parameters:[Parameter&]=
Operation tags:[text]= summary:text description:text externalDocs:Docs operationId:text consumes:[text]= produces:[text]= parameters:[Parameter&]= responses!:{code Response&} schemes:[(http|https|ws|wss)]= deprecated:bool security:[{[text]=}]=
Response description!:text schema:Schema headers:{Header} examples:object
Parameter >in body:BodyParameter query:QueryParameter header:HeaderParameter path:PathParameter formData:FormParameter
BodyParameter name!:text in!:text description:text required:bool schema!:Schema
QueryParameter name!:text in!:text description:text required:bool allowEmptyValue:bool type!:(string|number|integer|boolean|array) format:text items:Items collectionFormat:(csv|ssv|tsv|pipes|multi) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
FormParameter name!:text in!:text description:text required:bool allowEmptyValue:bool type!:(string|number|integer|boolean|array|file) format:text items:Items collectionFormat:(csv|ssv|tsv|pipes|multi) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
HeaderParameter name!:text in!:text description:text required:bool type!:(string|number|integer|boolean|array) format:text items:Items collectionFormat:(csv|ssv|tsv|pipes) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
PathParameter name!:text in!:text description:text required!:true type!:(string|number|integer|boolean|array) format:text items:Items collectionFormat:(csv|ssv|tsv|pipes) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
Items type:(string|number|integer|boolean|array) format:text items:Items collectionFormat:(csv|ssv|tsv|pipes) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
Header type!:(string|number|integer|boolean|array) description:text format:text items:Items collectionFormat:(csv|ssv|tsv|pipes) default:any maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool enum:[any]+= multipleOf:number
Schema $ref:text format:text title:text description:text default:any multipleOf:number maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool maxProperties:int minProperties:int required:[text]+= enum:[any]+= type:(array|boolean|integer|null|number|object|string|file)/[(array|boolean|integer|null|number|object|string)]+= items:Schema/[Schema]+ allOf:[Schema]+ anyOf:any oneOf:any properties:{Schema} additionalProperties:Schema/bool discriminator:text readOnly:bool xml:Xml externalDocs:Docs example:any
SecurityScheme >type basic:BasicScheme apiKey:KeyScheme oauth2:OAuthScheme
BasicScheme type!:text description:text
KeyScheme type!:text name!:text in!:(header|query) description:text
OAuthScheme >flow implicit:ImplicitScheme password:TokenScheme application:TokenScheme accessCode:CodeScheme
ImplicitScheme type!:text flow!:text scopes:{text} authorizationUrl!:uri description:text
TokenScheme type!:text flow!:text scopes:{text} tokenUrl!:uri description:text
CodeScheme type!:text flow!:text scopes:{text} authorizationUrl!:uri tokenUrl!:uri description:text
";

/// What 3.0 and 3.1 have in common.
const MODERN: &str = "
Server url!:text description:text variables:{Variable}
Operation tags:[text] summary:text description:text externalDocs:Docs operationId:text parameters:[Parameter&]= requestBody:RequestBody& responses!:{code Response&} callbacks:{Callback&} deprecated:bool security:[{[text]}] servers:[Server]
Callback *
RequestBody description:text content!:{Media} required:bool
Media schema:Schema& example:any examples:{Example&} encoding:{Encoding}
Encoding contentType:text headers:{Header&} style:(form|spaceDelimited|pipeDelimited|deepObject) explode:bool allowReserved:bool
Response description!:text headers:{Header&} content:{Media} links:{Link&}
Example summary:text description:text value:any externalValue:uri
Link operationId:text operationRef:uri parameters:object requestBody:any description:text server:Server
Parameter >in path:PathParameter query:QueryParameter header:HeaderParameter cookie:CookieParameter
PathParameter name!:text in!:text description:text required!:true deprecated:bool allowEmptyValue:bool style:(matrix|label|simple) explode:bool allowReserved:bool schema:Schema& content:{Media} example:any examples:{Example&}
QueryParameter name!:text in!:text description:text required:bool deprecated:bool allowEmptyValue:bool style:(form|spaceDelimited|pipeDelimited|deepObject) explode:bool allowReserved:bool schema:Schema& content:{Media} example:any examples:{Example&}
HeaderParameter name!:text in!:text description:text required:bool deprecated:bool allowEmptyValue:bool style:(simple) explode:bool allowReserved:bool schema:Schema& content:{Media} example:any examples:{Example&}
CookieParameter name!:text in!:text description:text required:bool deprecated:bool allowEmptyValue:bool style:(form) explode:bool allowReserved:bool schema:Schema& content:{Media} example:any examples:{Example&}
Header description:text required:bool deprecated:bool allowEmptyValue:bool style:(simple) explode:bool allowReserved:bool schema:Schema& content:{Media} example:any examples:{Example&}
KeyScheme type!:text name!:text in!:(header|query|cookie) description:text
HttpScheme type!:text scheme!:text bearerFormat:text description:text
OAuthScheme type!:text flows!:Flows description:text
OpenIdScheme type!:text openIdConnectUrl!:uri description:text
Flows implicit:ImplicitFlow password:TokenFlow clientCredentials:TokenFlow authorizationCode:CodeFlow
ImplicitFlow authorizationUrl!:uri refreshUrl:uri scopes!:{text}
TokenFlow tokenUrl!:uri refreshUrl:uri scopes!:{text}
CodeFlow authorizationUrl!:uri tokenUrl!:uri refreshUrl:uri scopes!:{text}
Discriminator propertyName!:text mapping:{text}
";

const OPENAPI_3_0: &str = "
Document openapi!:text info!:Info externalDocs:Docs servers:[Server] security:[{[text]}] tags:[Tag]= paths!:{/PathItem} components:Components
Info title!:text version!:text description:text termsOfService:uri contact:Contact license:License
Variable enum:[text] default!:text description:text
PathItem $ref:text summary:text description:text servers:[Server] parameters:[Parameter&]= get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation trace:Operation
Components schemas:{name Schema&} responses:{name Response&} parameters:{name Parameter&} examples:{name Example&} requestBodies:{name RequestBody&} headers:{name Header&} securitySchemes:{name SecurityScheme&} links:{name Link&} callbacks:{name Callback&}
SecurityScheme >type apiKey:KeyScheme http:HttpScheme oauth2:OAuthScheme openIdConnect:OpenIdScheme
Schema title:text multipleOf:number maximum:number exclusiveMaximum:bool minimum:number exclusiveMinimum:bool maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool maxProperties:int minProperties:int required:[text]+= enum:[any]+ type:(array|boolean|integer|number|object|string) not:Schema& allOf:[Schema&] oneOf:[Schema&] anyOf:[Schema&] items:Schema& properties:{Schema&} additionalProperties:Schema&/bool description:text format:text default:any nullable:bool discriminator:Discriminator readOnly:bool writeOnly:bool example:any externalDocs:Docs deprecated:bool xml:Xml
";

const OPENAPI_3_1: &str = "
Document openapi!:text info!:Info jsonSchemaDialect:uri externalDocs:Docs servers:[Server] security:[{[text]}] tags:[Tag] paths:{/PathItem} webhooks:{PathItem&} components:Components
Info title!:text summary:text version!:text description:text termsOfService:uri contact:Contact license:License
License name!:text identifier:text url:uri
Variable enum:[text]+ default!:text description:text
PathItem $ref:text summary:text description:text servers:[Server] parameters:[Parameter&] get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation trace:Operation
Operation tags:[text] summary:text description:text externalDocs:Docs operationId:text parameters:[Parameter&] requestBody:RequestBody& responses:{code Response&} callbacks:{Callback&} deprecated:bool security:[{[text]}] servers:[Server]
Components schemas:{name Schema} responses:{name Response&} parameters:{name Parameter&} examples:{name Example&} requestBodies:{name RequestBody&} headers:{name Header&} securitySchemes:{name SecurityScheme&} links:{name Link&} callbacks:{name Callback&} pathItems:{name PathItem&}
SecurityScheme >type apiKey:KeyScheme http:HttpScheme oauth2:OAuthScheme openIdConnect:OpenIdScheme mutualTLS:MutualScheme
MutualScheme type!:text description:text
Schema * $ref:uri $id:uri $schema:uri $anchor:text $comment:text title:text description:text multipleOf:number maximum:number exclusiveMaximum:number minimum:number exclusiveMinimum:number maxLength:int minLength:int pattern:text maxItems:int minItems:int uniqueItems:bool maxContains:int minContains:int maxProperties:int minProperties:int required:[text]= dependentRequired:{[text]=} enum:[any] type:(array|boolean|integer|null|number|object|string)/[(array|boolean|integer|null|number|object|string)]+= not:Schema/bool if:Schema/bool then:Schema/bool else:Schema/bool allOf:[Schema/bool]+ oneOf:[Schema/bool]+ anyOf:[Schema/bool]+ prefixItems:[Schema/bool]+ items:Schema/bool contains:Schema/bool properties:{Schema/bool} patternProperties:{Schema/bool} dependentSchemas:{Schema/bool} propertyNames:Schema/bool additionalProperties:Schema/bool unevaluatedProperties:Schema/bool unevaluatedItems:Schema/bool $defs:{Schema/bool} format:text deprecated:bool readOnly:bool writeOnly:bool examples:[any] discriminator:Discriminator externalDocs:Docs xml:Xml
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Swagger,
    V30,
    V31,
}

/// The grammar of a version.
pub fn grammar(version: Version) -> &'static Grammar {
    static GRAMMARS: OnceLock<[Grammar; 3]> = OnceLock::new();
    let all = GRAMMARS.get_or_init(|| {
        [
            parsed(&[COMMON, SWAGGER]),
            parsed(&[COMMON, MODERN, OPENAPI_3_0]),
            parsed(&[COMMON, MODERN, OPENAPI_3_1]),
        ]
    });
    &all[version as usize]
}

/// Later texts win.
fn parsed(texts: &[&str]) -> Grammar {
    let lines = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.is_empty());
    lines.map(object).collect()
}

fn object(line: &str) -> (String, Object) {
    let line = line.replace("{code ", "{code:").replace("{name ", "{name:");
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default().to_owned();
    let words: Vec<&str> = words.collect();
    let open = words.first() == Some(&"*");
    if let Some(member) = words.first().and_then(|word| word.strip_prefix('>')) {
        let of = words[1..].iter().filter_map(|word| word.split_once(':'));
        let of = of
            .map(|(value, object)| (value.to_owned(), object.to_owned()))
            .collect();
        let member = member.to_owned();
        return (name, Object::Choice { member, of });
    }
    let members = words.into_iter().filter_map(|word| word.split_once(':'));
    let members = members
        .map(|(name, of)| {
            let required = name.ends_with('!');
            let of = typed(of);
            (
                name.trim_end_matches('!').to_owned(),
                Member { of, required },
            )
        })
        .collect();
    (name, Object::Members { members, open })
}

fn typed(text: &str) -> Type {
    if let Some((left, right)) = alternatives(text) {
        return Type::Either(Box::new(typed(left)), Box::new(typed(right)));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (of, marks) = rest.rsplit_once(']').unwrap_or((rest, ""));
        return Type::List {
            of: Box::new(typed(of)),
            filled: marks.contains('+'),
            unique: marks.contains('='),
        };
    }
    if let Some(of) = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        let (keys, of) = match of {
            of if of.starts_with('/') => (Keys::Paths, &of[1..]),
            of if of.starts_with("code:") => (Keys::Codes, &of[5..]),
            of if of.starts_with("name:") => (Keys::Names, &of[5..]),
            of => (Keys::Any, of),
        };
        return Type::Map {
            of: Box::new(typed(of)),
            keys,
        };
    }
    if let Some(words) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return Type::Words(words.split('|').map(str::to_owned).collect());
    }
    match text {
        "any" => Type::Any,
        "text" => Type::Text,
        "uri" => Type::Uri,
        "email" => Type::Email,
        "bool" => Type::Bool,
        "true" => Type::True,
        "int" => Type::Whole { from: 0 },
        "positive" => Type::Whole { from: 1 },
        "number" => Type::Number,
        "object" => Type::Object,
        name => Type::Named {
            name: name.trim_end_matches('&').to_owned(),
            reference: name.ends_with('&'),
        },
    }
}

/// `a/b`, the stroke not inside brackets and not a map's of paths.
fn alternatives(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            '/' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

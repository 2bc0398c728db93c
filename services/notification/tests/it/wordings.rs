//! Wordings through the service: what is in force, what is refused and why, what a preview costs.

use edina_proto::notification::v1::{
    ListTemplatesRequest, PreviewTemplateRequest, PutTemplateRequest, Template,
};
use edina_runtime::clock;

use crate::world::{self, Running};

fn sms(body: &str) -> Template {
    Template {
        name: "call_missed_sms".into(),
        locale: "ru".into(),
        body: body.into(),
        ..Template::default()
    }
}

#[test]
fn wordings_are_changed_checked_and_taken_back() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let mut client = running.client.clone();
        let all = running
            .until("answers", async || {
                let request = running.ask(&group, ListTemplatesRequest {});
                client.list_templates(request).await.ok()
            })
            .await
            .into_inner()
            .templates;
        assert_eq!(all.len(), 10);
        assert!(
            all.iter()
                .all(|template| template.built_in && !template.body.is_empty())
        );

        let put = |template: Template| {
            running.ask(
                &group,
                PutTemplateRequest {
                    template: Some(template),
                },
            )
        };
        let mut client = running.client.clone();
        let refused = client
            .put_template(put(sms("Здравствуйте, {{ nmae }}")))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert!(refused.message().contains("nmae"), "{}", refused.message());
        assert!(refused.metadata().get("edina-message-ru").is_some());
        for (name, locale) in [("poem", "ru"), ("call_missed_sms", "fr")] {
            let template = Template {
                name: name.into(),
                locale: locale.into(),
                ..sms("text")
            };
            let refused = client.put_template(put(template)).await.unwrap_err();
            assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        }

        let stored = client
            .put_template(put(sms("Перезвоним, {{ client_name }}")))
            .await
            .unwrap()
            .into_inner();
        assert!(!stored.built_in && stored.version == 1);
        let again = client
            .put_template(put(sms("Скоро перезвоним")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(again.version, 2);
        let back = client
            .put_template(put(Template {
                built_in: true,
                ..sms("")
            }))
            .await
            .unwrap()
            .into_inner();
        assert!(back.built_in && back.body.contains("перезвоним"));

        let long = "Очень длинный текст. ".repeat(5);
        let asked = running.ask(
            &group,
            PreviewTemplateRequest {
                template: Some(sms(&long)),
            },
        );
        let preview = client.preview_template(asked).await.unwrap().into_inner();
        assert_eq!((preview.parts, preview.encoding.as_str()), (2, "ucs2"));
        running.stop().await;
    });
}

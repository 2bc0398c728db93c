//! The gRPC methods.

use edina_postgres::Tx;
use edina_proto::common::v1::{PageReply, PageRequest};
use edina_proto::notification::v1::{
    GetMessageRequest, ListConnectionsReply, ListConnectionsRequest, ListMessagesReply, ListMessagesRequest,
    ListSandboxReply, ListSandboxRequest, ListSuppressionsReply, ListSuppressionsRequest, ListTemplatesReply,
    ListTemplatesRequest, Message, PreviewTemplateReply, PreviewTemplateRequest, PutSuppressionRequest,
    PutTemplateRequest, RemoveSuppressionReply, RemoveSuppressionRequest, Suppression, Template,
    notification_server::Notification,
};
use edina_runtime::{
    caller,
    group::GroupId,
    grpc::Reply,
    page::{self, Page},
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{connections, wire};
use crate::{
    delivery::{DeliveryError, Dispatcher, Edited, NewSuppression},
    message::{Channel, progress::MessageState},
    store::{
        message_list::{self, MessageFilter},
        messages::{self, MessageRow},
    },
};

const MOST_CLIENTS: usize = 200;
const SANDBOX_LIMIT: usize = 50;

/// The service over its use cases.
#[derive(Clone)]
pub struct NotificationService {
    dispatcher: Dispatcher,
}

impl NotificationService {
    /// Serves these use cases.
    pub fn new(dispatcher: Dispatcher) -> Self {
        Self { dispatcher }
    }

    async fn encode(&self, group: &GroupId, rows: Vec<MessageRow>) -> Result<Vec<Message>, Status> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut tx = self.begin(group).await?;
        let history = message_list::changes(&mut tx, group, &ids)
            .await
            .map_err(DeliveryError::Database)?;
        let provider_ids = message_list::provider_ids(&mut tx, group, &ids)
            .await
            .map_err(DeliveryError::Database)?;
        Ok(rows
            .into_iter()
            .map(|row| wire::message(row, &history, &provider_ids))
            .collect())
    }

    async fn begin(&self, group: &GroupId) -> Result<Tx, Status> {
        let begun = self.dispatcher.database.begin(group).await;
        Ok(begun.map_err(DeliveryError::Database)?)
    }
}

fn edited(template: Option<Template>) -> Result<(Edited, bool), Status> {
    let template = template.ok_or_else(|| Status::invalid_argument("template: it is missing"))?;
    let edited = Edited::read(&template.name, &template.locale, template.subject, template.body);
    Ok((edited?, template.built_in))
}

fn read_page(asked: Option<PageRequest>) -> Result<Page, Status> {
    let asked = asked.unwrap_or_default();
    page::read(asked.limit, &asked.cursor)
}

#[tonic::async_trait]
impl Notification for NotificationService {
    async fn list_messages(&self, request: Request<ListMessagesRequest>) -> Reply<ListMessagesReply> {
        let (caller, asked) = caller::asks(request)?;
        if !asked.state.is_empty() && MessageState::from_code(&asked.state).is_none() {
            let known = "queued, deferred, blocked, sending, sent, delivered, failed or unknown is expected";
            return Err(Status::invalid_argument(format!("state: {known}")));
        }
        if !asked.channel.is_empty() && Channel::from_code(&asked.channel).is_none() {
            return Err(Status::invalid_argument("channel: sms or email is expected"));
        }
        let mut client_ids = asked.client_ids;
        client_ids.extend(Some(asked.client_id).filter(|id| !id.is_empty()));
        if client_ids.len() > MOST_CLIENTS {
            return Err(Status::invalid_argument(format!(
                "client_ids: at most {MOST_CLIENTS}"
            )));
        }
        let page = read_page(asked.page)?;
        let filter = MessageFilter {
            client_ids,
            state: asked.state,
            channel: asked.channel,
        };
        let mut tx = self.begin(&caller.group).await?;
        let rows = message_list::list(&mut tx, &caller.group, &filter, page.before, page.limit)
            .await
            .map_err(DeliveryError::Database)?;
        drop(tx);
        let next = page.next(rows.len(), rows.last().map(|row| (row.created_at, row.id)));
        let messages = self.encode(&caller.group, rows).await?;
        Ok(Response::new(ListMessagesReply {
            messages,
            page: Some(PageReply { next_cursor: next }),
        }))
    }

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Reply<Message> {
        let caller = caller::of(&request)?;
        let id = wire::id("message_id", &request.into_inner().message_id)?;
        let mut tx = self.begin(&caller.group).await?;
        let row = messages::get(&mut tx, &caller.group, id)
            .await
            .map_err(DeliveryError::Database)?;
        drop(tx);
        let row = row.ok_or_else(|| Status::from(DeliveryError::NotFound("message")))?;
        let found = self.encode(&caller.group, vec![row]).await?;
        let message = found.into_iter().next();
        message
            .map(Response::new)
            .ok_or_else(|| Status::from(DeliveryError::NotFound("message")))
    }

    async fn list_templates(&self, request: Request<ListTemplatesRequest>) -> Reply<ListTemplatesReply> {
        let caller = caller::of(&request)?;
        let all = self.dispatcher.wordings(&caller.group).await?;
        let templates = all.into_iter().map(wire::template).collect();
        Ok(Response::new(ListTemplatesReply { templates }))
    }

    async fn put_template(&self, request: Request<PutTemplateRequest>) -> Reply<Template> {
        let caller = caller::of(&request)?;
        let (edited, built_in) = edited(request.into_inner().template)?;
        let stored = self
            .dispatcher
            .put_wording(&caller.group, edited, built_in)
            .await?;
        Ok(Response::new(wire::template(stored)))
    }

    async fn preview_template(
        &self,
        request: Request<PreviewTemplateRequest>,
    ) -> Reply<PreviewTemplateReply> {
        caller::of(&request)?;
        let (edited, _) = edited(request.into_inner().template)?;
        let preview = Dispatcher::preview(&edited)?;
        let coding = preview.sms.map(|size| {
            if size.coding.data_coding() == 8 {
                "ucs2"
            } else {
                "gsm7"
            }
        });
        Ok(Response::new(PreviewTemplateReply {
            subject: preview.text.subject.unwrap_or_default(),
            body: preview.text.text,
            parts: preview
                .sms
                .map_or(0, |size| u32::try_from(size.parts).unwrap_or(u32::MAX)),
            encoding: coding.unwrap_or_default().to_owned(),
        }))
    }

    async fn list_suppressions(
        &self,
        request: Request<ListSuppressionsRequest>,
    ) -> Reply<ListSuppressionsReply> {
        let caller = caller::of(&request)?;
        let page = read_page(request.into_inner().page)?;
        let rows = self
            .dispatcher
            .suppressions(&caller.group, page.before, page.limit)
            .await?;
        let next = page.next(rows.len(), rows.last().map(|row| (row.at, row.id)));
        let suppressions = rows.into_iter().map(wire::suppression).collect();
        Ok(Response::new(ListSuppressionsReply {
            suppressions,
            page: Some(PageReply { next_cursor: next }),
        }))
    }

    async fn put_suppression(&self, request: Request<PutSuppressionRequest>) -> Reply<Suppression> {
        let caller = caller::of(&request)?;
        let asked = request.into_inner().suppression;
        let asked = asked.ok_or_else(|| Status::invalid_argument("suppression: it is missing"))?;
        let new = NewSuppression {
            channel: asked.channel,
            address: asked.address,
            reason: asked.reason,
            scope: asked.scope,
        };
        let stored = self.dispatcher.put_suppression(&caller.group, new).await?;
        Ok(Response::new(wire::suppression(stored)))
    }

    async fn remove_suppression(
        &self,
        request: Request<RemoveSuppressionRequest>,
    ) -> Reply<RemoveSuppressionReply> {
        let caller = caller::of(&request)?;
        let id = wire::id("suppression_id", &request.into_inner().suppression_id)?;
        self.dispatcher.remove_suppression(&caller.group, id).await?;
        Ok(Response::new(RemoveSuppressionReply {}))
    }

    async fn list_connections(
        &self,
        request: Request<ListConnectionsRequest>,
    ) -> Reply<ListConnectionsReply> {
        caller::of(&request)?;
        let links = &self.dispatcher.links;
        let sms = links
            .sms
            .as_ref()
            .map(|link| connections::connection("smpp", link));
        let mail = links
            .mail
            .as_ref()
            .map(|link| connections::connection("smtp", link));
        let connections = sms.into_iter().chain(mail).collect();
        Ok(Response::new(ListConnectionsReply { connections }))
    }

    async fn list_sandbox(&self, request: Request<ListSandboxRequest>) -> Reply<ListSandboxReply> {
        caller::of(&request)?;
        let asked = usize::try_from(request.into_inner().limit).unwrap_or(SANDBOX_LIMIT);
        let limit = if asked == 0 { SANDBOX_LIMIT } else { asked.min(500) };
        let Some(sandbox) = &self.dispatcher.links.sandbox else {
            return Ok(Response::new(ListSandboxReply::default()));
        };
        // The newest first.
        let sms = sandbox
            .messages()
            .iter()
            .rev()
            .take(limit)
            .map(|sms| wire::caught_sms(sms))
            .collect();
        let mails = sandbox
            .mails()
            .iter()
            .rev()
            .take(limit)
            .map(|mail| wire::caught_mail(mail))
            .collect();
        Ok(Response::new(ListSandboxReply {
            enabled: true,
            sms,
            mails,
        }))
    }
}
